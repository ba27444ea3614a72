// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/core/choices.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/frames/steps_to_hits.hpp"
#include "difftrack/network/weights.hpp"
#include "difftrack/policy/policy_assignment.hpp"
#include "difftrack/reconstruct/frame_source.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"
#include "difftrack/track/follower.hpp"
#include "difftrack/track/joint/joint_assignment.hpp"
#include "difftrack/track/physics_assignment.hpp"

namespace difftrack::reconstruct {

/// How frames become tracks, by name.
enum class Tracking { Joint, Network, Combined, Policy, Physics, Straightness, Follower, Oracle, Truth };
/// Their names.
constexpr core::Choices<Tracking, 9> choices(Tracking) {
  return {
      {{Tracking::Joint, "joint",
        "all hits of a frame decided together, the fewest errors; with --model a network beside"},
       {Tracking::Network, "network", "the published way: a network's scores, an assignment per layer pair"},
       {Tracking::Combined, "combined", "network and physics together"},
       {Tracking::Policy, "policy", "layer by layer by a reward without truth, with --model by a trained policy, too"},
       {Tracking::Physics, "physics", "no network"},
       {Tracking::Straightness, "straightness", "angles alone"},
       {Tracking::Follower, "follower", "the classical baseline"},
       {Tracking::Oracle, "oracle", "truth as scores, the head-room of any network"},
       {Tracking::Truth, "truth", "the hits of each primary, what no method can do better"}}};
}

/// A method and its options; those that it has no use for are not read.
struct MethodConfig {
  Tracking method = Tracking::Joint;
  std::string model, likelihood;  ///< path or shipped name; empty: the detector's (joint, policy: no model)
  assign::AssignConfig assign;    ///< of a network's scores, or the oracle's
  bool mode_given = false, cost_given = false;  ///< else those that the model was chosen with
  bool order_given = false;                     ///< else that of the policy's model
  track::JointConfig joint;
  policy::PolicyConfig policy;
  track::PhysicsConfig physics;  ///< physics, combined, joint and policy
  track::FollowerConfig follower;
};

/// Whether a method has a use for these options.
constexpr bool uses_assign(Tracking method) { return method == Tracking::Network || method == Tracking::Oracle; }
/// The same of physics.
constexpr bool uses_physics(Tracking method) {
  return method == Tracking::Physics || method == Tracking::Combined || method == Tracking::Joint ||
         method == Tracking::Policy;
}
/// The same of a likelihood, whose kinks take the place of those of physics.
constexpr bool uses_likelihood(Tracking method) { return method == Tracking::Joint || method == Tracking::Policy; }
/// The same of a model.
constexpr bool uses_model(Tracking method) {
  return method == Tracking::Network || method == Tracking::Combined || uses_likelihood(method);
}
/// Options of physics that a method with a likelihood has no use for, although it uses the others.
inline constexpr const char* kNotOfLikelihood[] = {"tail_share", "tail_width"};
/// Options of joint that policy has no use for; `min_track_confidence` it has, 0 unless given.
inline constexpr const char* kNotOfPolicy[] = {"min_confidence", "missing_hits", "pair_gate", "rounds"};

/// A method ready to be used, and what is said of it in a tracks file.
struct Method {
  std::string model;                        ///< path of weights or likelihood; empty without
  std::string assignment;                   ///< forced, free or none
  std::optional<detector::HitSource> hits;  ///< what its model was trained on; none without a network
  std::string detector;                     ///< what its model was trained for; empty without a network
  std::unique_ptr<ReconstructFrame> reconstruct;
  detector::Thresholds thresholds = {};  ///< that its tracks pass: the detector's, for the particle of the beam
};

/// What a policy's model file remembers of its training, in its metadata.
inline constexpr const char* kRewardWeight = "policy_reward_weight";
inline constexpr const char* kPolicyOrder = "policy_order";  ///< a name of policy::Order
/// The same of a network beside a joint decision: ResidualNetwork::gate.
inline constexpr const char* kJointGate = "joint_gate";

/// A likelihood and the file it is from.
struct NamedLikelihood {
  std::string file;
  track::Likelihood likelihood;
};

/// The likelihood of that path or shipped name or, of an empty one, the detector's own: DETECTOR of protons,
/// DETECTOR-helium. Throws InputError where there is none, and for one of another detector or beam.
NamedLikelihood likelihood_for(const std::string& name, const detector::Detector& detector,
                               matter::BeamParticle particle);

/// Whether a cost of leaving hits unassigned was given to a method that assigns all it can, with a model of which that
/// is the mode: a misunderstanding, which the caller refuses under the name that the option has there.
inline bool cost_is_of_no_use(const MethodConfig& config, const Method& method) {
  return config.cost_given && method.assignment == core::name_of(assign::AssignMode::Forced);
}

/// The assignment that a network's weights, from the file `model`, were chosen with, where the user asks for none; its
/// cost also where the user asks for free assignment. Throws InputError (model, key, value).
assign::AssignConfig assignment_for(const MethodConfig& config, const network::Weights& weights,
                                    const std::string& model);

/// Finds and reads what the method needs. The description's least deposit of a track's last hit is a proton's; of a
/// beam that is said to be of helium it is charge² times as much. Throws InputError (file, option, value).
Method make_method(const MethodConfig& config, const detector::Detector& detector);

/// One sentence each where hits are of another detector or kind than the method's model was trained on: such hits have
/// other sizes, energies and places.
std::vector<std::string> warnings_of_other_hits(const Method& method, const std::string& detector,
                                                const SourceReport& report);

}  // namespace difftrack::reconstruct
