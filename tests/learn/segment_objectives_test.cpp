// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/segment_objectives.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "tests/learn/training_fixture.hpp"

namespace difftrack::learn {
namespace {

struct LossCase {
  const char *name, *loss, *estimator, *convention, *mode, *path, *network;
};

/// Every loss, estimator, kind of assignment and path runs, moves the parameters and is reproducible.
class LossTest : public TrainingTest, public testing::WithParamInterface<LossCase> {};

TEST_P(LossTest, MovesTheParametersReproducibly) {
  const LossCase& c = GetParam();
  experiment_.loss = {.loss = c.loss, .margin = 0.1};
  experiment_.estimator.estimator = core::parse_choice<assign::Estimator>(c.estimator, c.name, "estimator");
  experiment_.estimator.blackbox.convention =
      core::parse_choice<assign::Convention>(c.convention, c.name, "convention");
  experiment_.estimator.blackbox.lambda = std::strcmp(c.convention, "published") == 0 ? 25.0 : 0.1;
  experiment_.assign.mode = core::parse_choice<assign::AssignMode>(c.mode, c.name, "mode");
  experiment_.model.path = core::parse_choice<ComputePath>(c.path, c.name, "path");
  experiment_.model.description.network = core::parse_choice<network::NetworkKind>(c.network, c.name, "network");
  experiment_.schedule.steps = 2;
  const TrainingState a = run("a", {.threads = 1}), b = run("b", {.threads = 2});
  EXPECT_EQ(a.model.values, b.model.values);
  EXPECT_EQ(a.losses, b.losses);
  for (const double loss : a.losses) EXPECT_TRUE(std::isfinite(loss) && loss >= 0.0);
  experiment_.schedule.steps = 0;
  EXPECT_NE(run("start").model.values, a.model.values);
}

INSTANTIATE_TEST_SUITE_P(
    Losses, LossTest,
    testing::Values(LossCase{"ptt", "bce", "blackbox", "published", "forced", "fast", "line_graph"},
                    LossCase{"ptt_plain", "bce", "blackbox", "published", "forced", "plain", "line_graph"},
                    LossCase{"ptt_hit_graph", "bce", "blackbox", "published", "forced", "plain", "hit_graph"},
                    LossCase{"pat_published", "hamming", "blackbox", "published", "forced", "fast", "line_graph"},
                    LossCase{"pat_scale_free", "hamming", "blackbox", "scale_free", "forced", "fast", "line_graph"},
                    LossCase{"pat_free", "hamming", "blackbox", "scale_free", "free", "fast", "line_graph"},
                    LossCase{"pat_plain", "hamming", "blackbox", "scale_free", "forced", "plain", "line_graph"},
                    LossCase{"pat_identity", "hamming", "identity", "scale_free", "forced", "fast", "line_graph"},
                    LossCase{"pat_implicit_mle", "hamming", "implicit_mle", "scale_free", "free", "fast", "line_graph"},
                    LossCase{"spo_plus", "own", "spo_plus", "published", "free", "fast", "line_graph"},
                    LossCase{"fenchel_young", "own", "fenchel_young", "published", "forced", "fast", "line_graph"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace difftrack::learn
