// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "difftrack/core/fields.hpp"
#include "difftrack/core/units.hpp"
#include "difftrack/detector/beam.hpp"
#include "difftrack/matter/ion.hpp"
#include "difftrack/simulate/scattering.hpp"

namespace difftrack::simulate {

/// Every option of a simulation: flags, ranges and help derive from fields().
struct SimulationConfig {
  std::string detector = "bergen-dtc";
  std::string phantom = "water:100";
  std::int64_t primaries = 10000;
  std::int64_t seed = 1;
  std::int32_t threads = 0;  ///< never changes the result
  matter::BeamParticle particle = matter::BeamParticle::Proton;
  detector::BeamConfig beam = {};
  double energy_spread = 0.0;  ///< [MeV]
  std::int32_t spots_x = 1;
  std::int32_t spots_y = 1;
  double spot_pitch = 7.0;               ///< [mm]
  std::optional<double> phantom_z = {};  ///< [mm]; none: the isocentre, or right in front of the detector
  double rotation = 0.0;                 ///< [rad]
  double phantom_step = 100.0;           ///< [mm]
  double step_share = 0.1;               ///< of the range
  bool step_shift = true;
  std::string hu_table = {};
  Scattering scattering = Scattering::Geant4Like;
  bool straggling = true;
  bool nuclear = true;
  bool electrons = true;
  double electron_cut = 1.0;

  static constexpr auto fields() {
    using C = SimulationConfig;
    using core::field;
    using units::degree;
    return std::tuple{
        field("detector", &C::detector, "", "Shipped detector (bergen-dtc, gate-3mm-al, groningen-w) or TOML file."),
        field("phantom", &C::phantom, "",
              "Matter before the detector: none, water:MM, slabs:MATERIAL:MM,..., ctp404, line-pairs, edges, step:MM "
              "or volume:FILE."),
        field("primaries", &C::primaries, "", {1, 2e9}, "Number of beam particles."),
        field("seed", &C::seed, "", {0, 9e18}, "Seed of all random numbers."),
        field("threads", &C::threads, "", {0, 1024}, "Number of threads, without effect on the result; 0: all cores."),
        field("particle", &C::particle, "", "What the beam is made of."),
        core::part(&C::beam),
        field("energy_spread", &C::energy_spread, "MeV", {0, 20},
              "Standard deviation of the beam's energy; of helium per nucleon."),
        field("spots_x", &C::spots_x, "", {1, 10000}, "Columns of the spot scan; one spot is a pencil beam."),
        field("spots_y", &C::spots_y, "", {1, 10000}, "Rows of the spot scan."),
        field("spot_pitch", &C::spot_pitch, "mm", {0, 1000}, "Distance of neighbouring spots at the isocentre."),
        field("phantom_z", &C::phantom_z, "mm", {-1e5, 1e5},
              "Centre of the phantom; auto: the isocentre, or right in front of a detector that starts there."),
        field("rotation", &C::rotation, "rad", {-360 * degree, 360 * degree},
              "Rotation of the phantom about the vertical axis.")
            .usually_in("deg"),
        field("phantom_step", &C::phantom_step, "mm", {0.1, 1000}, "Longest transport step in the phantom."),
        field("step_share", &C::step_share, "", {0.01, 1},
              "Longest step as a share of the range (displaced: in phantoms alone); 1: slabs at once."),
        field("step_shift", &C::step_shift, "", "Lateral shift of steps that end inside matter (displaced: always)."),
        field("hu_table", &C::hu_table, "", "CSV of hu,material,density rows for a volume; empty: the built-in table."),
        field("scattering", &C::scattering, "", "Model of multiple scattering."),
        field("straggling", &C::straggling, "", "Fluctuations of the energy loss."),
        field("nuclear", &C::nuclear, "", "Nuclear reactions and elastic nuclear scattering."),
        field("electrons", &C::electrons, "",
              "Delta electrons, and electrons of photons, that leave hits of their own."),
        field("electron_cut", &C::electron_cut, "mm", {1e-4, 10},
              "Range from which delta electrons are particles with hits of their own."),
    };
  }
};

}  // namespace difftrack::simulate
