// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/assign/problem.hpp"
#include "difftrack/assign/sparse_lap.hpp"
#include "difftrack/core/choices.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/joint/frame_energy.hpp"
#include "difftrack/track/pair_sweep.hpp"
#include "difftrack/track/transport_expectation.hpp"

/// Tracking as a sequence of joint actions with a reward that needs no truth.
namespace difftrack::policy {

/// Which pairs of layers come first.
enum class Order { Calorimeter, Deepest };
/// Their names.
constexpr core::Choices<Order, 2> choices(Order) {
  return {{{Order::Calorimeter, "calorimeter", "from the first plane behind the trackers to the end, then upstream"},
           {Order::Deepest, "deepest", "from the deepest plane upstream, as published"}}};
}

/// The actions that the agents of one step have, and what each is worth.
///
/// Agents are the hits of the layer that the step starts from, each the end of a track or, without one, the beginning
/// of its own; targets are the hits of the layer it leads to. A joint action is a matching: an agent takes one target
/// along a kept segment or leaves, and no target is taken twice.
struct JointChoice {
  assign::Problem problem;            ///< rows: agents, columns: targets; cost of an entry: -reward
  std::vector<std::int32_t> segment;  ///< of each entry
  std::vector<double> leave;          ///< [nats] reward of leaving, one per agent
  double untaken = 0.0;               ///< [nats] reward of all targets when nobody takes them, whatever is done
  std::int32_t first_agent = 0;       ///< hit of row 0; row r is hit first_agent + r
  std::int32_t first_target = 0;      ///< hit of column 0
  bool downstream = false;            ///< targets are deeper than agents

  std::size_t n_agents() const { return leave.size(); }  ///< rows of the problem
  /// [nats] what an entry is worth: of its agent, the loss of the target's `untaken` share included.
  double reward(std::size_t entry) const { return -problem.cost[entry]; }
};

inline constexpr std::int32_t kLeaves = -1;  ///< an agent that takes nothing

/// Where a step is: kinks and distances between planes differ by far.
enum class Part : std::uint8_t { Trackers, Between, Calorimeter };
inline constexpr std::size_t kParts = 3;  ///< how many there are

/// One frame as a process: step by step the agents of a layer choose hits of the next, until every pair of layers is
/// decided.
///
/// The reward of a step is the energy that it saves (track::FrameEnergy: kinks, deposits, births, deaths, against hits
/// that belong to nothing), with what is still open counted as typical, so that 0 means no better than chance. With the
/// energy E_t of what is decided by step t plus a typical cost for hits of which one side is open,
///   Σ rewards of a step = E_t - E_{t+1},      Σ over an episode = E(no tracks) - E(tracks)
/// exactly: the log likelihood ratio of the tracks against accidental hits. Typical costs are a potential, which moves
/// rewards in time and changes no optimum (Ng, Harada, Russell, ICML 1999). Truth is not looked at.
class Environment {
 public:
  /// Refers to frame, graph and energy, which must outlive it. `first_layer` is the first plane behind the trackers,
  /// `beam` the beam at it (nullptr: unknown), by which Order::Calorimeter tells a first direction. Throws InputError
  /// where energy and graph do not fit each other.
  Environment(const event::Frame& frame, const graph::HitGraph& graph, const track::FrameEnergy& energy, Order order,
              std::int32_t first_layer, const track::BeamExpectation* beam = nullptr);

  std::size_t n_steps() const { return steps_.size(); }                    ///< pairs of layers
  const track::SweepStep& step(std::size_t t) const { return steps_[t]; }  ///< of number t
  const event::Frame& frame() const { return frame_; }                     ///< whose process it is
  Part part(std::size_t t) const;                                          ///< of the detector, of step `t`
  std::size_t n_hits() const { return n_hits_; }                           ///< of the frame

  /// What can be done in step `t` when the steps before led to `links`.
  JointChoice choices(std::size_t t, const track::Links& links) const;

  /// [nats] by how much the kink of two segments at a hit costs more than the mean one there.
  double surprise(std::int32_t hit, std::int32_t up, std::int32_t down) const;

  /// Does it: `taken` is an entry or kLeaves per agent, a matching.
  static void take(const JointChoice& choice, std::span<const std::int32_t> taken, const graph::HitGraph& graph,
                   track::Links& links);

 private:
  double value(std::int32_t hit, std::int32_t up, bool up_known, std::int32_t down, bool down_known) const;

  const event::Frame& frame_;
  const graph::HitGraph& graph_;
  const track::FrameEnergy& energy_;
  std::int32_t first_layer_;
  std::size_t n_hits_;
  std::vector<track::SweepStep> steps_;
  std::vector<double> typical_kink_;  // per row of kinks
  std::vector<float> prior_;          // per segment of the first step: its direction against the beam's
  std::int32_t prior_begin_ = 0;
};

/// The best joint action under a score per entry and per leaving agent: argmax Σ score (assign::FreeLap); an entry or
/// kLeaves per agent. Throws InputError for scores that are not finite.
std::vector<std::int32_t> best_action(const JointChoice& choice, std::span<const double> entry_scores,
                                      std::span<const double> leave_scores, assign::Workspace& workspace);

}  // namespace difftrack::policy
