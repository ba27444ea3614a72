// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/segment_objectives.hpp"

#include "difftrack/core/error.hpp"
#include "difftrack/learn/ops/group_losses.hpp"

namespace difftrack::learn {

namespace {

AssignmentOptions options_of(const Experiment& experiment) {
  AssignmentOptions options{experiment.assign, experiment.estimator, experiment.loss.margin, {}, 0};
  options.assign.threads = options.estimator.noise.threads = 1;  // frames run side by side already
  return options;
}

void check_estimator(const Experiment& experiment, bool is_loss, const std::string& source) {
  if (experiment.estimator.is_loss() != is_loss)
    throw core::InputError({source, "estimator", std::string(core::name_of(experiment.estimator.estimator))},
                           "does not go with loss = '" + experiment.loss.loss +
                               "': spo_plus and fenchel_young have a loss of their own (loss = 'own')");
}

}  // namespace

SegmentCrossEntropy::SegmentCrossEntropy(const Config&, const Experiment&) {}

ObjectiveValue SegmentCrossEntropy::operator()(const torch::Tensor& logits, const ObjectiveFrame& frame) const {
  const SegmentTruth truth = frame.truth();
  return {bce_group_means(logits, truth.labels, truth.tracker).sum(), {}};
}

void AssignedHamming::check(const Config&, const Experiment& experiment, const std::string& source) {
  check_estimator(experiment, false, source);
}

AssignedHamming::AssignedHamming(const Config&, const Experiment& experiment) : options_(options_of(experiment)) {}

ObjectiveValue AssignedHamming::operator()(const torch::Tensor& logits, const ObjectiveFrame& frame) const {
  const SegmentTruth truth = frame.truth();
  const std::vector<std::uint8_t> labels = frame.labels();
  AssignmentOptions options = options_;
  options.labels = labels;
  options.stream = frame.stream;
  const torch::Tensor assigned = assign_segments(logits.sigmoid(), frame.segments(), options);
  return {hamming_group_means(assigned, truth.labels, truth.tracker).sum(), {}};
}

void AssignmentOwnLoss::check(const Config&, const Experiment& experiment, const std::string& source) {
  check_estimator(experiment, true, source);
}

AssignmentOwnLoss::AssignmentOwnLoss(const Config&, const Experiment& experiment) : options_(options_of(experiment)) {}

ObjectiveValue AssignmentOwnLoss::operator()(const torch::Tensor& logits, const ObjectiveFrame& frame) const {
  const std::vector<std::uint8_t> labels = frame.labels();
  AssignmentOptions options = options_;
  options.labels = labels;
  options.stream = frame.stream;
  return {assignment_own_loss(logits.sigmoid(), frame.segments(), options), {}};
}

}  // namespace difftrack::learn
