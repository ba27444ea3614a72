// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/truth_tracks.hpp"

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "difftrack/core/error.hpp"

namespace difftrack::track {

event::Tracks truth_tracks(const event::Frame& frame) {
  const event::Hits& hits = frame.hits;
  event::Tracks tracks;
  if (hits.size() > 0 && (hits.event.empty() || hits.primary.empty()))
    throw core::InputError({"", "--method", "truth"}, "needs input with truth (eventID, parentID)");
  using Key = std::pair<std::int32_t, std::int64_t>;
  std::map<Key, std::size_t> row_of;
  std::vector<std::vector<std::int32_t>> rows;
  for (std::int32_t layer = 0; layer < frame.n_layers(); ++layer)
    for (std::int32_t h = frame.begin(layer); h < frame.end(layer); ++h) {
      const auto i = static_cast<std::size_t>(h);
      if (hits.primary[i] == 0 || hits.event[i] < 0) continue;
      const Key key{hits.run.empty() ? 0 : hits.run[i], hits.event[i]};
      if (layer == 0 && row_of.try_emplace(key, rows.size()).second) rows.emplace_back();
      const auto found = row_of.find(key);
      if (found == row_of.end()) continue;
      auto& row = rows[found->second];
      if (static_cast<std::int32_t>(row.size()) == layer) row.push_back(h);
    }
  for (const auto& row : rows) {
    tracks.hits.push_back(row);
    tracks.score.push_back(1.0F);
  }
  if (rows.empty()) tracks.why_none = "no primary with a hit on the first plane";
  return tracks;
}

}  // namespace difftrack::track
