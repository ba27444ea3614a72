// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "difftrack/core/fields.hpp"

namespace difftrack::simulate {

/// Every option of a simulation: flags, ranges and help derive from fields(). The default beam
/// spot is the one that tools/calibrate_beam.sh finds.
struct SimulationConfig {
  std::string detector = "bergen-dtc";
  std::string phantom = "water:100";
  std::int64_t primaries = 10000;
  std::int64_t seed = 1;
  std::int32_t threads = 0;
  double energy = 230.0;
  double energy_spread = 0.0;
  double sigma = 3.4;
  double divergence = 2.45;
  double emittance = 20.8;
  bool convergent = false;
  std::string source_z = "auto";
  std::int32_t spots_x = 1;
  std::int32_t spots_y = 1;
  double spot_pitch = 7.0;
  double steering_distance = 6600.0;
  std::string phantom_z = "auto";
  double rotation = 0.0;
  double phantom_step = 15.0;
  double step_share = 0.105;
  std::string hu_table = {};
  std::string scattering = "geant4_like";
  bool straggling = true;
  bool nuclear = true;
  bool electrons = true;
  double electron_cut = 1.0;

  static constexpr auto fields() {
    using C = SimulationConfig;
    using core::field;
    return std::tuple{
        field("detector", &C::detector, "", "shipped detector (bergen-dtc, gate-3mm-al, groningen-w) or a TOML file"),
        field("phantom", &C::phantom, "",
              "none, water:MM, slabs:MATERIAL:MM,MATERIAL:MM,..., ctp404, or volume:FILE.mhd"),
        field("primaries", &C::primaries, "", {1, 2e9}, "number of beam protons"),
        field("seed", &C::seed, "", {0, 9e18}, "same seed, same output to the byte for any number of threads"),
        field("threads", &C::threads, "", {0, 1024}, "0: all cores"),
        field("energy", &C::energy, "MeV", {1, 330}, "kinetic energy of the beam"),
        field("energy_spread", &C::energy_spread, "MeV", {0, 20}, "standard deviation of the beam's energy"),
        field("sigma", &C::sigma, "mm", {0, 100}, "standard deviation of the spot at the source, per axis"),
        field("divergence", &C::divergence, "mrad", {0, 100}, "standard deviation of the beam's slope, per axis"),
        field("emittance", &C::emittance, "mm mrad", {0, 1e5},
              "area of the (position, slope) ellipse; at most pi sigma divergence, which means uncorrelated"),
        field("convergent", &C::convergent, "", "the beam narrows behind the source instead of widening"),
        field("source_z", &C::source_z, "mm", "plane where the beam starts; auto: the detector's default"),
        field("spots_x", &C::spots_x, "", {1, 10000}, "columns of the spot scan; one spot is a pencil beam"),
        field("spots_y", &C::spots_y, "", {1, 10000}, "rows of the spot scan"),
        field("spot_pitch", &C::spot_pitch, "mm", {0, 1000}, "distance of neighbouring spots at the isocentre"),
        field("steering_distance", &C::steering_distance, "mm", {100, 1e6},
              "distance of the scanning magnets from the isocentre"),
        field("phantom_z", &C::phantom_z, "mm",
              "centre of the phantom; auto: the isocentre, or right in front of a detector that starts there"),
        field("rotation", &C::rotation, "degree", {-360, 360}, "rotation of the phantom about the vertical axis"),
        field("phantom_step", &C::phantom_step, "mm", {0.1, 50}, "longest transport step in the phantom"),
        field("step_share", &C::step_share, "", {0.01, 1},
              "geant4_like: share of the range that a slab may take and be crossed at once; 1: always at once"),
        field("hu_table", &C::hu_table, "", "CSV of hu,material,density rows for a volume; empty: the built-in table"),
        field("scattering", &C::scattering, "",
              "geant4_like (one deflection per slab) or displaced (with lateral shift)"),
        field("straggling", &C::straggling, "", "fluctuations of the energy loss"),
        field("nuclear", &C::nuclear, "", "nuclear reactions and elastic nuclear scattering"),
        field("electrons", &C::electrons, "", "delta electrons and electrons of photons that leave hits of their own"),
        field(
            "electron_cut", &C::electron_cut, "mm", {1e-4, 10},
            "delta electrons of a longer range are particles with hits of their own; 0.007: as many as in the toolkit"),
    };
  }
};

}  // namespace difftrack::simulate
