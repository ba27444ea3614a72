// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/simulation.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"
#include "difftrack/matter/material.hpp"
#include "difftrack/simulate/nuclear.hpp"

namespace difftrack::simulate {

namespace {

constexpr std::int64_t kChunk = 250;     // primaries one thread does at a time
constexpr std::int64_t kChunks = 32;     // chunks in memory at a time
constexpr double kIsocentreFront = 1.0;  // [mm] a detector that begins before this has no room for a centred phantom
constexpr double kWide = 150.0;          // [mm] rays farther out do not count as overlap of a turned slab

}  // namespace

Simulation::Simulation(const SimulationConfig& config) : Simulation(config, detector::read_detector(config.detector)) {}

Simulation::Simulation(const SimulationConfig& config, detector::Detector detector)
    : config_(config), detector_(std::move(detector)) {
  core::check_fields(config_, "");
  world_.physics = {config_.scattering, config_.straggling, config_.nuclear,     config_.electrons,
                    config_.step_share, config_.step_shift, config_.electron_cut};
  stack_ = std::make_unique<Stack>(detector_);
  phantom_ = make_phantom(config_);
  air_ = std::make_unique<Medium>(matter::named_material("air"));
  beam_ = std::make_unique<Beam>(config_, config_.beam.source_z.value_or(detector_.source_z));
  world_.stack = stack_.get();
  world_.phantom = phantom_.get();
  world_.air = air_.get();
  world_.phantom_step = config_.phantom_step;
  if (detector_.pixels.half_width > 0.0) world_.half_width = detector_.pixels.half_width;
  if (detector_.pixels.half_height > 0.0) world_.half_height = detector_.pixels.half_height;
  if (beam_->source_z() >= stack_->front())
    throw core::InputError({"", "source_z", std::to_string(beam_->source_z())},
                           "lies behind the front of the detector");
  world_.air_before = stack_->front() - beam_->source_z();
  if (phantom_) place_phantom();
}

void Simulation::place_phantom() {
  world_.placement.cosine = std::cos(config_.rotation);
  world_.placement.sine = std::sin(config_.rotation);
  const Vector half = phantom_->half_size();
  // Half depth along the beam: of the rotated box, cut to the width that particles can have.
  double depth =
      std::abs(world_.placement.cosine) * half[2] + std::abs(world_.placement.sine) * std::min(half[0], kWide);
  if (dynamic_cast<const CylinderPhantom*>(phantom_.get()) != nullptr) depth = half[2];
  const double front = stack_->front();
  const double automatic = front < kIsocentreFront ? front - depth : 0.0;
  world_.placement.z = config_.phantom_z.value_or(automatic);
  world_.air_before = std::max(front - (world_.placement.z + depth), 0.0);
  if (world_.placement.z + depth > front + 1e-6)
    throw core::InputError({"", "phantom", config_.phantom},
                           "ends at z = " + std::to_string(world_.placement.z + depth) +
                               " mm and overlaps the detector, which begins at " + std::to_string(front) + " mm");
  if (world_.placement.z - depth < beam_->source_z() - 1e-6)
    throw core::InputError({"", "phantom", config_.phantom},
                           "begins at z = " + std::to_string(world_.placement.z - depth) +
                               " mm, before the source at " + std::to_string(beam_->source_z()) + " mm");
}

event::Steps Simulation::events(std::int64_t first, std::int64_t count) const {
  event::Steps steps;
  Transport transport(world_);
  for (std::int64_t event = first; event < first + count; ++event) {
    core::RandomStream random(static_cast<std::uint64_t>(config_.seed), static_cast<std::uint64_t>(event));
    Particle primary = beam_->primary(event, random);
    draw_optical_depths(primary, random);
    const std::size_t before = steps.size();
    transport(event, primary, random, steps);
    if (beam_->is_scan()) {
      const auto spot = beam_->spot(event);
      steps.spot_x.insert(steps.spot_x.end(), steps.size() - before, static_cast<float>(spot[0]));
      steps.spot_y.insert(steps.spot_y.end(), steps.size() - before, static_cast<float>(spot[1]));
    }
  }
  return steps;
}

void Simulation::run(const std::function<void(const event::Steps&)>& sink,
                     const core::ProgressCallback& progress) const {
  const std::int64_t total = config_.primaries;
  for (std::int64_t begin = 0; begin < total; begin += kChunk * kChunks) {
    const std::int64_t end = std::min(total, begin + kChunk * kChunks);
    const std::int64_t chunks = (end - begin + kChunk - 1) / kChunk;
    std::vector<event::Steps> parts(static_cast<std::size_t>(chunks));
    core::parallel_for(chunks, config_.threads, [&](std::int64_t i) {
      const std::int64_t first = begin + i * kChunk;
      parts[static_cast<std::size_t>(i)] = events(first, std::min(kChunk, end - first));
    });
    for (const auto& part : parts) sink(part);
    if (progress) progress({end, total, ""});
  }
}

event::Steps Simulation::run() const {
  event::Steps all;
  run([&](const event::Steps& part) { event::append_rows(all, part); });
  return all;
}

}  // namespace difftrack::simulate
