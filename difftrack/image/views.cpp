// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/views.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <set>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/npz_table.hpp"
#include "difftrack/image/protons_from_tracks.hpp"

namespace difftrack::image {

namespace {

std::string degrees(float rotation) {
  return fmt::format("{:.4g} deg", static_cast<double>(rotation) * 180.0 / std::numbers::pi);
}

}  // namespace

ScanList list_views(const std::vector<std::string>& tracks_files) {
  ScanList list;
  std::set<float> seen;
  for (const std::string& path : tracks_files) {
    const event::TracksReader reader(path);
    if (list.detector.empty()) list.detector = reader.meta().detector;
    if (reader.meta().detector != list.detector)
      throw core::InputError({path, "detector", reader.meta().detector},
                             "is another detector than that of " + tracks_files.front() + ", " + list.detector);
    const event::NpzFile file(path);
    event::NpzTable<event::FrameTable> table(file);
    for (event::FrameTable frames; table.next(frames);) {
      for (std::size_t i = 0; i < frames.size(); ++i) {
        ++list.frames;
        if (frames.n_tracks[i] == 0) continue;
        list.tracks += frames.n_tracks[i];
        const auto need = [&](const std::vector<float>& column, const char* name, const char* from) {
          if (column.empty() || !std::isfinite(column[i]))
            throw core::InputError({path, fmt::format("{}, frame {}", name, frames.frame[i]), "not known"},
                                   fmt::format("an image needs it of every frame; {}", from));
        };
        need(frames.rotation, "rotation", "difftrack reconstruct --rotation says it for a whole file");
        need(frames.spot_x, "spot_x", "steps have it in the columns spotX and spotY");
        const float rotation = frames.rotation[i];
        if (!list.rotations.empty() && static_cast<double>(rotation) == list.rotations.back()) continue;
        if (!seen.insert(rotation).second)
          throw core::InputError({path, fmt::format("rotation, frame {}", frames.frame[i]), degrees(rotation)},
                                 "comes a second time after other rotations; frames of one view have to follow each "
                                 "other");
        list.rotations.push_back(static_cast<double>(rotation));
      }
    }
  }
  return list;
}

ViewReader::ViewReader(std::vector<std::string> tracks_files, RangeFinder finder, RangeCalibration calibration)
    : files_(std::move(tracks_files)), finder_(std::move(finder)), calibration_(std::move(calibration)) {}

bool ViewReader::next_frame() {
  while (true) {
    if (!reader_) {
      if (file_ == files_.size()) return false;
      reader_ = std::make_unique<event::TracksReader>(files_[file_++]);
    }
    while (reader_->next(frame_))
      if (frame_.tracks.size() > 0) return true;
    reader_.reset();
  }
}

bool ViewReader::next(View& view) {
  view = {};
  if (!ahead_ && !next_frame()) return false;
  view.rotation = static_cast<double>(frame_.frame.rotation);
  do {
    ahead_ = static_cast<double>(frame_.frame.rotation) != view.rotation;
    if (ahead_) return true;
    view.left_out += append_protons(frame_.frame, frame_.tracks, finder_, calibration_, view.protons);
  } while (next_frame());
  return true;
}

}  // namespace difftrack::image
