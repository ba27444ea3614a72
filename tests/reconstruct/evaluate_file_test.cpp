// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/evaluate_file.hpp"

#include <gtest/gtest.h>

#include "tests/support/paths.hpp"

namespace difftrack::reconstruct {
namespace {

// What the difftrack that wrote the file said of it (tests/data/README.md).
TEST(EvaluateFile, AFileOfTheFirstSchemaEvaluatesAsItDid) {
  const auto evaluations = evaluate_file(paths::source() + "/tests/data/tracks_schema_1.npz");
  ASSERT_EQ(evaluations.size(), 1U);
  EXPECT_EQ(evaluations[0].source, "water100");
  EXPECT_EQ(evaluations[0].meta.method, "network");
  const track::Metrics& m = evaluations[0].metrics;
  EXPECT_EQ(m.frames, 3);
  EXPECT_EQ(m.counts.tracks, 50);
  EXPECT_EQ(m.counts.reconstructable, 42);
  EXPECT_DOUBLE_EQ(evaluations[0].events_per_frame, 18.666666666666668);
  EXPECT_DOUBLE_EQ(m.published_purity.value, 1.0);
  EXPECT_DOUBLE_EQ(m.published_efficiency.value, 1.0);
  EXPECT_DOUBLE_EQ(m.strict_purity.value, 0.82);
  EXPECT_DOUBLE_EQ(m.strict_purity.low, 0.6920394632569922);
  EXPECT_DOUBLE_EQ(m.strict_efficiency.value, 0.9523809523809523);
  EXPECT_DOUBLE_EQ(m.segment_tpr.value, 0.9942652329749104);
  EXPECT_DOUBLE_EQ(m.segment_fpr.high, 0.002800220678558907);
  EXPECT_DOUBLE_EQ(m.segment_tpr_in_all.value, 0.9726507713884993);
  EXPECT_DOUBLE_EQ(m.segment_filter_kept.value, 0.9782608695652174);
}

}  // namespace
}  // namespace difftrack::reconstruct
