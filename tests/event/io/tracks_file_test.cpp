// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/tracks_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/event/io/npz_table.hpp"
#include "difftrack/event/io/npz_writer.hpp"
#include "tests/event/made_files.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::event {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Two layers of one hit each, and one track through them.
Frame small_frame(std::int64_t index) {
  Frame frame;
  frame.index = index;
  frame.n_events = 1;
  frame.hits.x = {1.0F, 2.0F};
  frame.hits.y = {3.0F, 4.0F};
  frame.hits.z = {20.0F, 10.0F};
  frame.hits.edep = {0.5F, 0.25F};
  frame.hits.layer = {1, 0};
  frame.hits.cluster_size = {4, 3};
  frame.hits.id = {7 + 2 * index, 8 + 2 * index};
  frame.group_begin = {0, 1, 2};
  return frame;
}

Tracks one_track() {
  Tracks tracks;
  tracks.hits.offsets = {0, 2};
  tracks.hits.values = {1, 0};
  tracks.score = {0.75F};
  return tracks;
}

TracksMeta meta_of(const std::vector<std::string>& sources) {
  TracksMeta meta;
  meta.method = "test";
  meta.sources = sources;
  return meta;
}

TEST(TracksFile, RunSpotAndRotationComeBackWhereTheyAreKnown) {
  const TemporaryFolder folder;
  TracksWriter writer(folder / "t", meta_of({"a", "b"}), false);
  Frame known = small_frame(0), unknown = small_frame(1);
  known.run = 3;
  known.has_spot = true;
  known.spot_x = -7.0F, known.spot_y = 14.0F;
  known.has_rotation = true;
  known.rotation = 0.5F;
  writer.add(known, one_track(), {.file = 0, .n_segments = 1});
  writer.add(unknown, one_track(), {.file = 1, .n_segments = 1});
  writer.commit();

  TracksReader reader(folder / "t.npz");
  EXPECT_EQ(reader.meta().schema, kTracksSchema);
  RecordedFrame recorded;
  ASSERT_TRUE(reader.next(recorded));
  EXPECT_EQ(recorded.frame.run, 3);
  EXPECT_TRUE(recorded.frame.has_spot && recorded.frame.has_rotation);
  EXPECT_EQ(recorded.frame.spot_x, -7.0F);
  EXPECT_EQ(recorded.frame.spot_y, 14.0F);
  EXPECT_EQ(recorded.frame.rotation, 0.5F);
  EXPECT_THAT(recorded.tracks.hits.values, ElementsAre(1, 0));
  ASSERT_TRUE(reader.next(recorded));
  EXPECT_EQ(recorded.frame.run, -1);
  EXPECT_FALSE(recorded.frame.has_spot || recorded.frame.has_rotation);
  EXPECT_FALSE(reader.next(recorded));

  const FrameTable frames = NpzTable<FrameTable>(NpzFile(folder / "t.npz")).take(9);
  EXPECT_THAT(frames.run, ElementsAre(3, -1));
  EXPECT_TRUE(std::isnan(frames.rotation.at(1)) && std::isnan(frames.spot_x.at(1)));
  EXPECT_TRUE(frames.true_segments.empty());
}

TEST(TracksFile, SegmentsPointToTheRowsOfHits) {
  const TemporaryFolder folder;
  TracksWriter writer(folder / "t", meta_of({"a"}), true);
  for (std::int64_t i = 0; i < 2; ++i) {
    FrameRecord record{.n_segments = 1};
    record.graph.frame = {i};
    record.graph.deep = {0};
    record.graph.shallow = {1};
    record.graph.logit = {2.0F};
    record.graph.assigned = {1};
    writer.add(small_frame(i), one_track(), record);
  }
  writer.commit();
  const SegmentTable segments = NpzTable<SegmentTable>(NpzFile(folder / "t.graph.npz")).take(9);
  EXPECT_THAT(segments.deep, ElementsAre(0, 2));
  EXPECT_THAT(segments.shallow, ElementsAre(1, 3));
  EXPECT_TRUE(segments.label.empty());
}

// The tables of a file, with other text as "meta".
std::string with_meta(const TemporaryFolder& folder, const std::string& text) {
  NpzWriter out(folder / "other.npz");
  out.append("hits", column_views(HitTable{}, false));
  out.append("tracks", column_views(TrackTable{}, false));
  out.append("frames", column_views(FrameTable{}, false));
  out.add_text("meta", text);
  out.commit();
  return folder / "other.npz";
}

TEST(TracksFile, ANewerSchemaIsRefusedInOneSentence) {
  const TemporaryFolder folder;
  const std::string path = with_meta(folder, R"({"format": "difftrack tracks", "schema": 3, "what": "new"})");
  EXPECT_EQ(error_of([&] { TracksReader reader(path); }),
            path + ": schema = '3': is that of a newer difftrack; this one reads tracks files up to schema 2");
  with_meta(folder, R"({"schema": "two"})");
  EXPECT_THAT(error_of([&] { TracksReader reader(path); }), HasSubstr("meta: is damaged"));
}

// The first files had no runs.
TEST(TracksFile, OptionalColumnsOfFramesMayBeMissing) {
  const TemporaryFolder folder;
  FrameTable frames;
  frames.frame = {4};
  frames.file = {0};
  frames.n_events = frames.n_hits = frames.n_segments = frames.n_tracks = {0};
  std::vector<ColumnView> views;
  for (const char* name : {"frame", "file", "n_events", "n_hits", "n_segments", "n_tracks"})
    views.push_back({name, std::string_view(name) == "frame"
                               ? decltype(ColumnView::values)(std::span<const std::int64_t>(frames.frame))
                               : decltype(ColumnView::values)(std::span<const std::int32_t>(frames.n_hits))});
  NpzWriter out(folder / "old.npz");
  out.append("hits", column_views(HitTable{}, false));
  out.append("tracks", column_views(TrackTable{}, false));
  out.append("frames", views);
  out.add_text("meta", R"({"format": "difftrack tracks 1", "method": "m", "model": "", "assignment": "free",
    "detector": "d", "min_track_hits": 5, "last_hit_edep_MeV": 0.1, "per_frame": 1, "sources": ["a"], "no_tracks": {}})");
  out.commit();
  TracksReader reader(folder / "old.npz");
  EXPECT_EQ(reader.meta().schema, 1);
  EXPECT_FALSE(reader.meta().cuts.has_value());
  RecordedFrame recorded;
  ASSERT_TRUE(reader.next(recorded));
  EXPECT_EQ(recorded.frame.index, 4);
  EXPECT_EQ(recorded.frame.run, -1);
}

// tests/data/README.md says how the file was made.
TEST(TracksFile, AFileOfTheFirstSchemaIsRead) {
  TracksReader reader(paths::source() + "/tests/data/tracks_schema_1.npz");
  EXPECT_EQ(reader.meta().schema, 1);
  EXPECT_EQ(reader.meta().detector, "bergen-dtc");
  EXPECT_EQ(reader.meta().min_track_hits, 5);
  EXPECT_EQ(reader.meta().last_hit_edep, 0.0625);
  std::size_t frames = 0, hits = 0, tracks = 0;
  for (RecordedFrame recorded; reader.next(recorded); ++frames) {
    hits += recorded.frame.hits.size();
    tracks += recorded.tracks.size();
    EXPECT_EQ(recorded.frame.run, -1);
    EXPECT_FALSE(recorded.frame.has_spot || recorded.frame.has_rotation);
    EXPECT_TRUE(recorded.frame.hits.has_truth());
    EXPECT_GT(recorded.segments.true_assigned, 0);
  }
  EXPECT_EQ(frames, 3U);
  EXPECT_EQ(hits, 1476U);
  EXPECT_EQ(tracks, 50U);
}

}  // namespace
}  // namespace difftrack::event
