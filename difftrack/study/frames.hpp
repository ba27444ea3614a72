// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/network/kernels/line_graph_view.hpp"

namespace difftrack::study {

/// Where frames come from, beside the files.
struct FrameSource {
  std::string detector = "bergen-dtc";
  std::int32_t per_frame = 100;
  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        field("detector", &FrameSource::detector, "", "Detector description: a shipped name or a TOML file."),
        field("per_frame", &FrameSource::per_frame, "", {1, 1e7}, "Events that left hits, in one frame."),
    };
  }
};

/// Frames by name: `count` frames of a file from number `first` on, every `every`-th. Written FILE:FIRST:COUNT or
/// FILE:FIRST:COUNT:EVERY, so that a result says which frames it is of.
struct FrameRange {
  std::string file;        ///< of steps or hits
  std::int64_t first = 0;  ///< number of the first frame, from 0
  std::int64_t count = 0;  ///< frames taken
  std::int64_t every = 1;  ///< stride
};

/// Reads such a name. Throws InputError (option, text).
FrameRange parse_frame_range(const std::string& text, const std::string& option);
/// Its text.
std::string to_text(const FrameRange& range);

/// One frame as the study needs it again and again: hits, graph, network inputs, truth. Not to be moved once `view` is
/// in use; keep it in a FrameSet.
struct StudyFrame {
  event::Frame frame;                 ///< hits with truth
  graph::HitGraph graph;              ///< kept segments
  std::vector<float> features;        ///< (segments, 8)
  std::vector<std::uint8_t> labels;   ///< 1: both hits are of one event; one per segment
  std::vector<std::uint8_t> tracker;  ///< 1: touches a tracking layer; one per segment
  std::size_t range = 0;              ///< which of the ranges it is from

  std::size_t size() const { return graph.size(); }  ///< segments
  network::kernels::LineGraphView view() const {     ///< as the kernels see it; nothing owned
    return network::kernels::line_graph_view(graph, features);
  }
  assign::Segments segments() const {  ///< as assignment sees it; nothing owned
    return {graph.deep, graph.shallow, graph.pair_begin, static_cast<std::int32_t>(frame.hits.size())};
  }
};

/// Frames in memory.
struct FrameSet {
  detector::Detector detector;     ///< that they were read with
  std::vector<FrameRange> ranges;  ///< their names
  std::vector<StudyFrame> frames;  ///< in the order of the ranges

  std::size_t size() const { return frames.size(); }
};

/// Makes a StudyFrame of a frame with truth.
StudyFrame study_frame(event::Frame frame, const detector::Detector& detector);

/// Reads named frames, once per file. Throws InputError for files that cannot be read or have no truth, for ranges
/// beyond a file's whole frames, when there is none at all, and for frames that give no gradient: without a segment, or
/// without a true one among them.
FrameSet read_frames(const std::vector<FrameRange>& ranges, const FrameSource& source);

/// SHA-256 of the hits and segments of all frames, 64 hexadecimal digits.
std::string fingerprint(const FrameSet& frames);

}  // namespace difftrack::study
