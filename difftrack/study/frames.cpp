// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <span>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/sha256.hpp"
#include "difftrack/detector/frames/frame_reader.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/graph/features.hpp"
#include "difftrack/study/models.hpp"

namespace difftrack::study {

namespace {

/// Frames of a file by number, those that `wanted` names.
using Numbered = std::map<std::int64_t, event::Frame>;

Numbered read_numbered(const std::string& file, const detector::Detector& detector, const FrameSource& source,
                       Numbered wanted, bool grouped) {
  detector::FrameReader reader(file, detector, {.per_frame = source.per_frame, .keep_partial = false}, {}, {}, grouped);
  const std::int64_t last = wanted.rbegin()->first;
  std::int64_t number = 0;
  for (event::Frame frame; number <= last && reader.next(frame); ++number, frame = {})
    if (const auto found = wanted.find(number); found != wanted.end()) found->second = std::move(frame);
  if (number <= last)
    throw core::InputError(
        {file, "frames", std::to_string(last)},
        fmt::format("there are only {} whole frames of {} events, counted from 0", number, source.per_frame));
  return wanted;
}

Numbered read_file(const std::string& file, const detector::Detector& detector, const FrameSource& source,
                   const Numbered& wanted) {
  try {
    return read_numbered(file, detector, source, wanted, false);
  } catch (const detector::EventsOutOfOrder&) {
    return read_numbered(file, detector, source, wanted, true);
  }
}

void check_frame(const StudyFrame& frame, const std::string& name) {
  if (!frame.frame.hits.has_truth())
    throw core::InputError({name, "eventID", ""}, "the study needs the truth of every hit");
  if (std::count(frame.labels.begin(), frame.labels.end(), 1) == 0)
    throw core::InputError({name, "frames", ""},
                           fmt::format("gives no gradient: of its {} segments none is true", frame.size()));
}

}  // namespace

FrameRange parse_frame_range(const std::string& text, const std::string& option) {
  const auto fail = [&]() -> FrameRange {
    throw core::InputError({"", option, text},
                           "must read FILE:FIRST:COUNT or FILE:FIRST:COUNT:EVERY, e.g. "
                           "data/water100_test.npz:0:33");
  };
  std::vector<std::int64_t> numbers;  // from the back
  std::string file = text;
  for (std::size_t colon; numbers.size() < 3 && (colon = file.find_last_of(':')) != std::string::npos;) {
    std::int64_t number = 0;
    const char* begin = file.data() + colon + 1;
    const char* end = file.data() + file.size();
    if (const auto [stop, error] = std::from_chars(begin, end, number);
        error != std::errc() || stop != end || begin == end)
      break;
    numbers.push_back(number);
    file.resize(colon);
  }
  if (numbers.size() < 2 || file.empty()) return fail();
  std::reverse(numbers.begin(), numbers.end());
  const FrameRange range{file, numbers[0], numbers[1], numbers.size() == 3 ? numbers[2] : 1};
  return range.first < 0 || range.count < 1 || range.every < 1 ? fail() : range;
}

std::string to_text(const FrameRange& range) {
  return fmt::format("{}:{}:{}{}", range.file, range.first, range.count,
                     range.every == 1 ? "" : fmt::format(":{}", range.every));
}

StudyFrame study_frame(event::Frame frame, const detector::Detector& detector) {
  StudyFrame made;
  made.frame = std::move(frame);
  made.graph = graph::build_hit_graph(made.frame, graph::hit_graph_config(detector));
  made.features = graph::segment_features(made.frame, made.graph);
  made.labels = graph::segment_labels(made.frame, made.graph);
  made.tracker = graph::touches_tracker(made.frame, made.graph, detector.n_tracker_layers);
  return made;
}

FrameSet read_frames(const std::vector<FrameRange>& ranges, const FrameSource& source) {
  if (ranges.empty())
    throw core::InputError({"", "frames", ""},
                           "names no frame; give FILE:FIRST:COUNT, e.g. data/water100_test.npz:0:33");
  FrameSet set{detector::read_detector(source.detector), ranges, {}};
  std::map<std::string, Numbered> files;
  for (const FrameRange& range : ranges)
    for (std::int64_t i = 0; i < range.count; ++i) files[range.file][range.first + i * range.every];
  for (auto& [file, wanted] : files) wanted = read_file(file, set.detector, source, wanted);
  for (std::size_t r = 0; r < ranges.size(); ++r)
    for (std::int64_t i = 0; i < ranges[r].count; ++i) {
      const std::int64_t number = ranges[r].first + i * ranges[r].every;
      set.frames.push_back(study_frame(files[ranges[r].file][number], set.detector));
      set.frames.back().range = r;
      check_frame(set.frames.back(), fmt::format("{}, frame {}", ranges[r].file, number));
    }
  return set;
}

std::string fingerprint(const FrameSet& frames) {
  core::Sha256 hash;
  const auto add = [&hash](const auto& column) { hash.add(std::as_bytes(std::span(column))); };
  for (const StudyFrame& each : frames.frames) {
    const event::Hits& hits = each.frame.hits;
    add(hits.x), add(hits.y), add(hits.edep), add(hits.event), add(each.graph.shallow);
  }
  return hash.hex();
}

}  // namespace difftrack::study
