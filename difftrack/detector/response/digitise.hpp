// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/pixels.hpp"
#include "difftrack/event/steps.hpp"

namespace difftrack::detector {

/// Energy deposits -> fired pixels, readout by readout.
///
/// Each step's charge edep / 3.6 eV spreads by a bivariate Cauchy kernel (charge_sharing.hpp) over the pixels of its
/// chip; a pixel whose summed charge, with noise, reaches its threshold fires. Charges of all particles of a readout
/// add up, so that clusters overlap as they do in the sensor; the pixel's truth is the particle that left most of it. A
/// pixel is computed when a step leaves at least `negligible_charge` electrons in it.
///
/// A readout is `events_per_frame` successive different events, in the order of their first rows, or all events of one
/// window of `frame_time`; a new run or beam spot begins a new one (FrameBoundary). Pixels come out ordered by frame,
/// layer, row, column, each once.
///
/// Random numbers: one stream per (kind, frame, layer), or per (kind, layer) for what belongs to the sensor (dead
/// pixels and chips, hot pixels, thresholds), with one slot per pixel: the same pixels for any order of work and any
/// number of threads, and the same sensor for every file digitised with one seed.
class Digitise {
 public:
  /// The sensor and its readouts; lengths in mm, times in ns, charges in electrons, rates per pixel and readout, ranges
  /// in fields().
  struct Config {
    std::int32_t events_per_frame = 100;
    double frame_time = 0.0;  ///< [ns]
    double gamma = 0.0047;    ///< [mm]
    double collected = 0.6964;
    double threshold = 92.0;        ///< [electrons]
    double threshold_spread = 0.0;  ///< [electrons]
    double noise = 0.0;             ///< [electrons]
    double noise_hit_rate = 0.0;
    double dead_fraction = 0.0;
    double dead_chip_fraction = 0.0;
    double hot_fraction = 0.0;
    double hot_rate = 0.1;
    double negligible_charge = 2.0;  ///< [electrons]
    bool chip_layout = false;
    std::uint32_t seed = 1;
    std::int32_t threads = 0;

    static constexpr auto fields() {
      return std::tuple{
          core::field("events_per_frame", &Config::events_per_frame, "", {1, 1e9}, "Events in one readout."),
          core::field("frame_time", &Config::frame_time, "ns", {0.0, 1e15},
                      "Length of windows of time that are readouts instead, all events in them; 0: off."),
          core::field("gamma", &Config::gamma, "mm", {1e-6, 1.0}, "Width of the Cauchy kernel that spreads charge."),
          core::field("collected", &Config::collected, "", {0.0, 1.0}, "Share of the charge that pixels collect."),
          core::field("threshold", &Config::threshold, "electrons", {1e-3, 1e9}, "Charge at which a pixel fires."),
          core::field("threshold_spread", &Config::threshold_spread, "electrons", {0.0, 1e6},
                      "Standard deviation of the threshold from pixel to pixel, fixed for a sensor."),
          core::field("noise", &Config::noise, "electrons", {0.0, 1e6}, "Standard deviation of the noise per readout."),
          core::field("noise_hit_rate", &Config::noise_hit_rate, "", {0.0, 0.1},
                      "Noise firings per pixel and readout, without any charge."),
          core::field("dead_fraction", &Config::dead_fraction, "", {0.0, 1.0}, "Share of pixels that never fire."),
          core::field("dead_chip_fraction", &Config::dead_chip_fraction, "", {0.0, 1.0},
                      "Share of chips that never fire."),
          core::field("hot_fraction", &Config::hot_fraction, "", {0.0, 0.1}, "Share of pixels that are hot."),
          core::field("hot_rate", &Config::hot_rate, "", {0.0, 1.0}, "Firings of a hot pixel per readout."),
          core::field("negligible_charge", &Config::negligible_charge, "electrons", {1e-3, 1e6},
                      "Charge of a step below which a pixel is left out."),
          core::field("chip_layout", &Config::chip_layout, "",
                      "Chips at their true pitch with gaps, instead of pixels spread over the whole extent."),
          core::field("seed", &Config::seed, "", {0.0, 4294967295.0}, "Seed of the sensor and its noise."),
          core::field("threads", &Config::threads, "", {0, 1024},
                      "Number of threads, without effect on the result; 0: all cores.")};
    }
  };

  Digitise() : Digitise(Config{}) {}
  explicit Digitise(const Config& config);

  /// Readouts are numbered from `first_readout`; noise differs from one number to the next, so that a file digitised in
  /// pieces gives the pixels of the whole. Truth columns track, parent and pdg are filled where the steps have them,
  /// second_event where they have parents.
  /// edep of a pixel: its share of the energy deposited [MeV], 0 for noise. Throws InputError (column, row, value) for
  /// a layer outside the detector, and for positions or energies that are not finite, or negative energies. Steps
  /// outside the matrix or in a chip gap leave nothing.
  event::Pixels operator()(const event::Steps& steps, const Detector& detector, std::int32_t first_readout = 0) const;

 private:
  Config config_;
};

/// The readouts of steps, by the rule above.
struct ReadoutsOfSteps {
  std::vector<std::int32_t> of_step;   ///< number of the readout, from 0
  std::vector<std::uint8_t> complete;  ///< per readout: 1 when it had all its events or its whole window
  std::vector<std::int32_t> n_events;  ///< per readout
};
/// `frame_time` [ns], 0: readouts are counted in events.
ReadoutsOfSteps readouts_of_steps(const event::Steps& steps, std::int32_t events_per_frame, double frame_time = 0.0);

}  // namespace difftrack::detector
