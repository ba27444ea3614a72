// SPDX-License-Identifier: Apache-2.0
// The pages show the columns as columns() says them.
#include "tests/event/documented_tables.hpp"

#include "difftrack/event/hits.hpp"
#include "difftrack/event/pixels.hpp"
#include "difftrack/event/steps.hpp"
#include "difftrack/event/track_tables.hpp"

namespace difftrack::event {
namespace {

TEST(DocumentedTables, Steps) { expect_documented("event.md", "columns of steps", table_of_columns<Steps>()); }
TEST(DocumentedTables, Pixels) { expect_documented("event.md", "columns of pixels", table_of_columns<Pixels>()); }
TEST(DocumentedTables, Hits) { expect_documented("event.md", "columns of hits", table_of_columns<Hits>()); }

TEST(DocumentedTables, TracksFile) {
  expect_documented("reconstruct.md", "table of hits", table_of_columns<HitTable>());
  expect_documented("reconstruct.md", "table of tracks", table_of_columns<TrackTable>());
  expect_documented("reconstruct.md", "table of frames", table_of_columns<FrameTable>());
  expect_documented("reconstruct.md", "table of segments", table_of_columns<SegmentTable>());
}

}  // namespace
}  // namespace difftrack::event
