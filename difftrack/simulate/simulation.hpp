// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "difftrack/core/progress.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/steps.hpp"
#include "difftrack/simulate/beam.hpp"
#include "difftrack/simulate/config.hpp"
#include "difftrack/simulate/stack.hpp"
#include "difftrack/simulate/transport.hpp"

namespace difftrack::simulate {

/// Protons through a phantom and a described detector: beam → phantom → stack → Steps.
class Simulation {
 public:
  /// Checks everything before the first proton. Throws InputError for options out of range, an unknown material, a
  /// phantom that overlaps the detector or the source.
  explicit Simulation(const SimulationConfig& config);
  /// The same with a description at hand instead of its name.
  Simulation(const SimulationConfig& config, detector::Detector detector);

  /// Events [first, first + count): a pure function of the configuration and the event numbers.
  event::Steps events(std::int64_t first, std::int64_t count) const;

  /// All primaries in event order, in portions of bounded size; `sink` and `progress` are called from this thread.
  void run(const std::function<void(const event::Steps&)>& sink, const core::ProgressCallback& progress = {}) const;

  /// All primaries in one piece.
  event::Steps run() const;

  const SimulationConfig& config() const { return config_; }
  const detector::Detector& detector() const { return detector_; }
  const Beam& beam() const { return *beam_; }
  const World& world() const { return world_; }

 private:
  void place_phantom();

  SimulationConfig config_;
  detector::Detector detector_;
  std::unique_ptr<Stack> stack_;
  std::unique_ptr<Phantom> phantom_;
  std::unique_ptr<Medium> air_;
  std::unique_ptr<Beam> beam_;
  World world_;
};

}  // namespace difftrack::simulate
