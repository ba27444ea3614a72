// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/detector/pixels/chip_alignment.hpp"
#include "difftrack/detector/response/charge_sharing.hpp"
#include "difftrack/detector/response/digitise.hpp"
#include "difftrack/detector/response/sensor_faults.hpp"

namespace difftrack::detector {

/// A pixel that fired, by charge (step: any row of the strongest particle's deposits) or on its own (step -1).
struct FiredPixel {
  std::int64_t pixel;   ///< row * columns + column
  std::int64_t step;    ///< row of the steps, or -1
  std::int64_t second;  ///< the same of the strongest other primary whose charge alone would have fired it, or -1
  float edep;           ///< [MeV]
};

/// One layer of one readout: charges of all steps onto pixels, then thresholds and noise. Holds scratch space, so one
/// per thread; the result depends on the arguments alone.
///
/// Particles whose bounding boxes overlap form groups (connected components) with one grid, cut into strips of rows so
/// that scratch space stays bounded. A lone particle of one step, the usual case, needs only the few pixels that it can
/// fire by itself.
class FirePixels {
 public:
  /// Everything given must outlive it; steps in mm and MeV.
  FirePixels(const Digitise::Config& config, const event::Steps& steps, const PixelGeometry& geometry,
             const ChipAlignment& alignment, const SensorFaults& faults)
      : config_(config),
        steps_(steps),
        geometry_(geometry),
        alignment_(alignment),
        faults_(faults),
        kernel_{config.gamma, config.collected},
        to_electrons_(config.collected / kernel_.energy_per_electron),
        lowest_edep_(static_cast<float>(faults.lowest_firing_charge() / to_electrons_)) {}

  /// `rows`: the layer's steps in this readout, those of one particle next to each other. Returns pixels ascending,
  /// each once; valid until the next call.
  std::span<const FiredPixel> operator()(std::int32_t frame, std::int32_t layer, std::span<const std::uint32_t> rows);

 private:
  struct Deposit {
    std::uint32_t step;
    PlanePoint at;  ///< as the pixels have it
    PixelBox box;
  };
  struct Particle {
    std::uint32_t first, last;  ///< deposits [first, last)
    PixelBox box;               ///< around all of them
    std::uint32_t group;
  };
  /// What a pixel collects in all, and of whom; energies in MeV, particles as a row of their steps or -1.
  struct PixelCharge {
    float total = 0.0F;
    float most = 0.0F;
    float second_most = 0.0F;     ///< of one primary
    std::int64_t strongest = -1;  ///< particle with most energy
    std::int64_t second = -1;     ///< primary with most energy besides
  };

  void collect_particles(std::int32_t layer, std::span<const std::uint32_t> rows);
  void join_overlapping();
  void fire_alone(std::int32_t frame, std::int32_t layer, const Particle& particle);
  void fire_group(std::int32_t frame, std::int32_t layer, std::span<const std::uint32_t> members);
  void add_particle(const Particle& particle, const PixelBox& strip);
  void apply_thresholds(std::int32_t frame, std::int32_t layer, const PixelBox& strip);
  void fire_if_above(std::int32_t frame, std::int32_t layer, std::int64_t pixel, const PixelCharge& charge);
  PixelBox reached(std::uint32_t row, PlanePoint at, double negligible) const;
  bool is_primary(std::int64_t step) const;
  std::uint32_t find_group(std::uint32_t particle);

  const Digitise::Config& config_;
  const event::Steps& steps_;
  const PixelGeometry& geometry_;
  const ChipAlignment& alignment_;
  const SensorFaults& faults_;
  ChargeKernel kernel_;
  double to_electrons_;  ///< collected charge per energy deposited [1/MeV]
  float lowest_edep_;    ///< no pixel fires below [MeV]

  std::vector<Deposit> deposits_;
  std::vector<Particle> particles_;
  std::vector<std::uint32_t> order_, active_;
  std::vector<float> corners_, own_;
  std::vector<PixelCharge> charges_;
  std::vector<FiredPixel> fired_;
};

}  // namespace difftrack::detector
