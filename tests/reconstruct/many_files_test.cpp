// SPDX-License-Identifier: Apache-2.0
// Several files at once are as if each had been alone, whatever numbers their events have.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "difftrack/reconstruct/evaluate_file.hpp"
#include "difftrack/reconstruct/folder_filters.hpp"
#include "difftrack/reconstruct/stream.hpp"
#include "difftrack/reconstruct/write_result.hpp"
#include "tests/core/temporary_folder.hpp"
#include "tests/reconstruct/straight_reconstruction.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::reconstruct {
namespace {

// Events of both files are numbered from 0, so that mixing the files would join protons.
const std::vector<std::string> kSteps = {paths::golden() + "/water100_p50_steps.npz",
                                         paths::golden() + "/water200_p50_steps.npz"};

/// One evaluation per file, by way of the tracks file `output`.
std::vector<Evaluation> evaluations(const std::vector<std::string>& files, const std::string& output) {
  const auto detector = detector::read_detector("bergen-dtc");
  event::TracksMeta meta;
  set_thresholds(meta, detector.thresholds);
  meta.sources = files;
  event::TracksWriter writer(output, meta, false);
  FrameSource source(files, detector, {.per_frame = 15});  // the last frame of a file is smaller
  reconstruct_stream(source, StraightReconstruction(detector.thresholds), 2,
                     [&](const event::Frame& frame, std::int32_t file, const FrameResult& result) {
                       EXPECT_LE(frame.n_events, 15);
                       write_result(writer, frame, file, result);
                     });
  writer.commit();
  return evaluate_file(output);
}

TEST(ManyFiles, SameEventNumbersStayApart) {
  const core::TemporaryFolder folder;
  const auto together = evaluations(kSteps, folder / "both.npz");
  ASSERT_EQ(together.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const track::Metrics alone = evaluations({kSteps[i]}, folder / "one.npz").at(0).metrics;
    const track::Metrics& here = together[i].metrics;
    EXPECT_GT(alone.counts.tracks, 20);
    EXPECT_EQ(here.frames, alone.frames);
    EXPECT_EQ(here.counts.tracks, alone.counts.tracks);
    EXPECT_EQ(here.counts.reconstructable, alone.counts.reconstructable);
    EXPECT_EQ(here.counts.true_segments, alone.counts.true_segments);
    EXPECT_EQ(here.counts.false_assigned, alone.counts.false_assigned);
    EXPECT_DOUBLE_EQ(here.published_purity.value, alone.published_purity.value);
    EXPECT_DOUBLE_EQ(here.published_efficiency.value, alone.published_efficiency.value);
  }
}

TEST(ManyFiles, WhatReconstructWroteIsNoInputAndTheOnlyThingToEvaluate) {
  const core::TemporaryFolder folder;
  std::filesystem::copy(kSteps[0], folder / "steps.npz");
  std::filesystem::copy(paths::golden() + "/README.md", folder / "damaged.npz");
  evaluations({kSteps[0]}, folder / "tracks.npz");
  std::filesystem::copy(folder / "tracks.npz", folder / "tracks.graph.npz");  // told by its name
  using Names = std::vector<std::string>;
  EXPECT_EQ(core::input_files({folder / "."}, "", hits_in_folder()),
            (Names{folder / "./damaged.npz", folder / "./steps.npz"}));  // the reader tells what is damaged
  EXPECT_EQ(core::input_files({folder / "."}, "", tracks_in_folder()), (Names{folder / "./tracks.npz"}));
}

}  // namespace
}  // namespace difftrack::reconstruct
