// SPDX-License-Identifier: Apache-2.0
// A gradient through the assignment: six protons cross four layers; the scores of all segments begin at random and
// descend until the assignment is the true one, although the loss sees nothing but the assignment Y in {0, 1}.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/assign/blackbox.hpp"
#include "difftrack/core/random.hpp"

using namespace difftrack;

int main() {
  // Hits are numbered from the deepest layer on; every two hits in adjacent layers make a segment.
  constexpr std::int32_t kProtons = 6, kLayers = 4;
  std::vector<std::int32_t> deep, shallow, pair_begin{0};
  std::vector<std::uint8_t> truth;  // 1: both hits are of the same proton
  for (std::int32_t pair = 0; pair < kLayers - 1; ++pair) {
    for (std::int32_t i = 0; i < kProtons; ++i)
      for (std::int32_t j = 0; j < kProtons; ++j) {
        deep.push_back(kProtons * pair + i), shallow.push_back(kProtons * (pair + 1) + j);
        truth.push_back(i == j ? 1 : 0);
      }
    pair_begin.push_back(static_cast<std::int32_t>(deep.size()));
  }
  const assign::Segments segments{deep, shallow, pair_begin, kProtons * kLayers};

  core::RandomStream random(3, 0);
  std::vector<float> logits(segments.size());
  for (float& logit : logits) logit = static_cast<float>(random.normal());

  double first = 0.0, loss = 0.0;
  for (int step = 0; step <= 12; ++step) {
    std::vector<float> scores;
    for (const float logit : logits) scores.push_back(1.0F / (1.0F + std::exp(-logit)));
    // [snippet gradient]
    // forward: p → Y; the loss is the number of segments where Y is not the truth
    const assign::Assignment forward = assign::assign_layers(segments, scores);
    loss = 0.0;
    std::vector<float> gradient_of_assigned;  // dL/dY
    for (std::size_t s = 0; s < segments.size(); ++s) {
      loss += forward.assigned[s] != truth[s] ? 1.0 : 0.0;
      gradient_of_assigned.push_back(truth[s] != 0 ? -1.0F : 1.0F);
    }
    // backward: dL/dY → dL/dp
    const std::vector<float> gradient = assign::blackbox_gradient(
        forward, scores, gradient_of_assigned, {.convention = assign::Convention::ScaleFree, .lambda = 0.5});
    // [end]
    for (std::size_t s = 0; s < logits.size(); ++s)  // through the sigmoid, dp/dlogit = p (1 - p)
      logits[s] -= 0.5F * gradient[s] * scores[s] * (1.0F - scores[s]);
    if (step == 0) first = loss;
    std::printf("step %2d: %2.0f segments wrong\n", step, loss);
  }
  return first > 0.0 && loss == 0.0 ? 0 : 1;
}
