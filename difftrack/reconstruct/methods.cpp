// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/methods.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parse_number.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/network/weights.hpp"
#include "difftrack/track/joint/likelihood.hpp"
#include "difftrack/track/oracle.hpp"
#include "difftrack/track/straightness.hpp"

namespace difftrack::reconstruct {

namespace {

// The text of a model's metadata under `key`; `otherwise` where there is none.
std::string metadata(const network::Weights& weights, const std::string& key, const std::string& otherwise) {
  const auto found = weights.metadata.find(key);
  return found == weights.metadata.end() ? otherwise : found->second;
}

/// A number of a model's metadata; `otherwise` where there is none. Throws InputError (model, key, value).
double metadata_number(const network::Weights& weights, const std::string& model, const std::string& key,
                       double otherwise) {
  const std::string text = metadata(weights, key, "");
  if (text.empty()) return otherwise;
  const auto number = core::parse_number(text);
  if (!number) throw core::InputError({model, key, text}, "is no number");
  return *number;
}

detector::HitSource hits_of(const network::Weights& weights, const std::string& model) {
  return core::parse_choice<detector::HitSource>(metadata(weights, "hits", "merged"), model, "hits");
}

Method with_network(const MethodConfig& config, const detector::Detector& detector) {
  const std::string model =
      core::find_shipped("models", config.model.empty() ? detector.name : config.model, ".safetensors");
  const network::Weights weights = network::read_weights(model);
  network::SegmentScorer scorer(weights, model);
  const auto hits = hits_of(weights, model);
  const std::string trained_for = metadata(weights, "detector", detector.name);
  if (config.method == Tracking::Combined)
    return {model, "free", hits, trained_for,
            std::make_unique<CombinedReconstruction>(detector, std::move(scorer), config.physics)};
  const assign::AssignConfig assign = assignment_for(config, weights, model);
  return {model, std::string(core::name_of(assign.mode)), hits, trained_for,
          std::make_unique<NetworkReconstruction>(detector, std::move(scorer), assign)};
}

double least_policy_confidence(const MethodConfig& config) { return config.joint.min_track_confidence.value_or(0.0); }

/// A trained policy, with reward's weight and order of its training.
Method with_policy(const MethodConfig& config, const detector::Detector& detector, track::Likelihood likelihood) {
  const std::string model = core::find_shipped("models", config.model, ".safetensors");
  const network::Weights weights = network::read_weights(model);
  policy::PolicyConfig own = config.policy;
  if (const std::string order = metadata(weights, kPolicyOrder, ""); !order.empty() && !config.order_given)
    own.order = core::parse_choice<policy::Order>(order, model, kPolicyOrder);
  const double reward_weight = metadata_number(weights, model, kRewardWeight, 1.0);
  return {model, "free", hits_of(weights, model), metadata(weights, "detector", detector.name),
          std::make_unique<PolicyReconstruction>(
              detector, policy::PolicyAssignment(detector, std::move(likelihood), own, config.physics),
              least_policy_confidence(config), PolicyNetwork(detector, weights, model, reward_weight))};
}

/// A joint decision with a network beside it.
Method with_residual(const MethodConfig& config, const detector::Detector& detector, track::Likelihood likelihood) {
  const std::string model = core::find_shipped("models", config.model, ".safetensors");
  const network::Weights weights = network::read_weights(model);
  if (metadata(weights, kJointGate, "").empty())
    throw core::InputError({model, kJointGate, ""},
                           "was not trained beside a joint decision (loss 'joint'), whose energy it would add to");
  ResidualNetwork network{network::SegmentScorer(weights, model), metadata_number(weights, model, kJointGate, 0.0)};
  return {model, "free", hits_of(weights, model), metadata(weights, "detector", detector.name),
          std::make_unique<JointReconstruction>(detector, std::move(likelihood), config.joint, config.physics,
                                                std::move(network))};
}

Method with_likelihood(const MethodConfig& config, const detector::Detector& detector) {
  auto [file, likelihood] = likelihood_for(config.likelihood, detector, config.physics.particle);
  Method method{file, "free", {}, "", nullptr};
  if (config.method == Tracking::Joint && !config.model.empty()) {
    method = with_residual(config, detector, std::move(likelihood));
  } else if (config.method == Tracking::Joint) {
    method.reconstruct =
        std::make_unique<JointReconstruction>(detector, std::move(likelihood), config.joint, config.physics);
  } else if (!config.model.empty()) {
    method = with_policy(config, detector, std::move(likelihood));
  } else {
    method.reconstruct = std::make_unique<PolicyReconstruction>(
        detector, policy::PolicyAssignment(detector, std::move(likelihood), config.policy, config.physics),
        least_policy_confidence(config));
  }
  return method;
}

Method by_segments(std::string assignment, const detector::Detector& detector, SegmentReconstruction::Choose choose) {
  return {"", std::move(assignment), {}, "", std::make_unique<SegmentReconstruction>(detector, std::move(choose))};
}

Method method_of(const MethodConfig& config, const detector::Detector& detector) {
  switch (config.method) {
    case Tracking::Network:
    case Tracking::Combined:
      return with_network(config, detector);
    case Tracking::Joint:
    case Tracking::Policy:
      return with_likelihood(config, detector);
    case Tracking::Follower:
      return {"", "none", {}, "", std::make_unique<FollowerReconstruction>(detector, config.follower)};
    case Tracking::Truth:
      return {"", "none", {}, "", std::make_unique<TruthReconstruction>(detector)};
    case Tracking::Straightness:
      return by_segments("forced", detector, [](const event::Frame& frame, const graph::HitGraph& graph) {
        return track::assign_by_straightness(frame, graph);
      });
    case Tracking::Oracle: {
      assign::AssignConfig assign = config.assign;
      assign.threads = 1;  // frames are solved side by side
      return by_segments(std::string(core::name_of(assign.mode)), detector,
                         [assign](const event::Frame& frame, const graph::HitGraph& graph) {
                           return track::assign_by_truth(frame, graph, assign);
                         });
    }
    case Tracking::Physics:
      break;
  }
  auto physics = std::make_shared<track::PhysicsAssignment>(detector, config.physics);
  return by_segments("free", detector, [physics](const event::Frame& frame, const graph::HitGraph& graph) {
    return (*physics)(frame, graph);
  });
}

}  // namespace

NamedLikelihood likelihood_for(const std::string& name, const detector::Detector& detector,
                               matter::BeamParticle particle) {
  const std::string ending = ".safetensors";
  const bool helium = particle == matter::BeamParticle::Helium;
  std::string wanted = name;
  if (name.empty()) {
    wanted = detector.name + (helium ? "-helium" : "");
    const std::vector<std::string> names = core::shipped_names("likelihoods", ending);
    if (std::find(names.begin(), names.end(), wanted) == names.end())
      throw core::InputError({"", "likelihood", ""},
                             "none ships for " + std::string(helium ? "helium and " : "") + "detector '" +
                                 detector.name +
                                 "'; 'difftrack fit-likelihood' makes one, and method physics needs none");
  }
  NamedLikelihood result{core::find_shipped("likelihoods", wanted, ending), {}};
  result.likelihood = track::read_likelihood(result.file);
  track::check_likelihood_is_of(result.likelihood, result.file, detector.name, particle);
  return result;
}

assign::AssignConfig assignment_for(const MethodConfig& config, const network::Weights& weights,
                                    const std::string& model) {
  assign::AssignConfig assign = config.assign;
  if (const std::string mode = metadata(weights, "assignment", ""); !mode.empty() && !config.mode_given)
    assign.mode = core::parse_choice<assign::AssignMode>(mode, model, "assignment");
  if (assign.free() && !config.cost_given)
    assign.unassigned_cost = metadata_number(weights, model, "unassigned_cost", assign.unassigned_cost);
  core::check_fields(assign, model);
  return assign;
}

Method make_method(const MethodConfig& config, const detector::Detector& detector) {
  detector::Detector with_beam = detector;
  if (uses_physics(config.method))
    with_beam.thresholds.last_hit_edep *= matter::ion_of(config.physics.particle).charge2;
  Method method = method_of(config, with_beam);
  method.thresholds = with_beam.thresholds;
  return method;
}

std::vector<std::string> warnings_of_other_hits(const Method& method, const std::string& detector,
                                                const SourceReport& report) {
  std::vector<std::string> warnings;
  if (!method.detector.empty() && method.detector != detector)
    warnings.push_back(fmt::format("the model was trained for detector '{}', but the hits are taken for those of '{}'",
                                   method.detector, detector));
  const bool pixels = method.hits == detector::HitSource::Pixels;
  const std::int64_t other = pixels ? report.merged_files : report.pixel_files;
  if (method.hits && other > 0)
    warnings.push_back(fmt::format("the model was trained on {} hits, but {} of the input files gave {} ones",
                                   pixels ? "pixel" : "merged", other, pixels ? "merged" : "pixel"));
  return warnings;
}

}  // namespace difftrack::reconstruct
