// SPDX-License-Identifier: Apache-2.0
#include "difftrack/policy/reward_model.hpp"

#include <algorithm>
#include <utility>

namespace difftrack::policy {
namespace {

Environment environment_of(const event::Frame& frame, const graph::HitGraph& graph, const track::FrameEnergy& energy,
                           const RewardModel& model) {
  if (frame.n_layers() < 2) return {frame, graph, energy, model.order, 0};
  const std::int32_t first = std::min(model.first_layer, frame.n_layers() - 2);
  const track::BeamExpectation beam = model.expectation.beam(frame, model.expectation.range(frame), first);
  return {frame, graph, energy, model.order, first, &beam};
}

}  // namespace

RewardModel::RewardModel(const detector::Detector& detector, track::Likelihood tables, Order steps,
                         const track::PhysicsConfig& physics)
    : likelihood(std::move(tables)),
      expectation(detector, physics),
      first_layer(detector.n_tracker_layers),
      order(steps) {}

FrameProcess::FrameProcess(const event::Frame& frame, const graph::HitGraph& graph, const RewardModel& model)
    : energy_(track::build_frame_energy(frame, graph, model.likelihood, model.expectation)),
      environment_(environment_of(frame, graph, energy_, model)) {}

}  // namespace difftrack::policy
