// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "difftrack/event/io/tracks_file.hpp"
#include "difftrack/image/protons.hpp"
#include "difftrack/image/range_calibration.hpp"
#include "difftrack/image/range_finder.hpp"

namespace difftrack::image {

/// All protons of one rotation.
struct View {
  double rotation = 0.0;  ///< [rad] of the phantom
  Protons protons;
  std::int64_t left_out = 0;  ///< tracks without hits on the first two planes
};

/// The views of a scan, as the tables of frames of its tracks files list them.
struct ScanList {
  std::vector<double> rotations;  ///< [rad] in the order of the files
  std::int64_t frames = 0;
  std::int64_t tracks = 0;
  std::string detector;  ///< that all files were made with
};

/// Reads what views there are, and nothing else of the files. Throws InputError (file, field, value) for a file of
/// another detector than the first one's, a frame with tracks but without rotation or spot, and for a rotation whose
/// frames are not one after the other.
ScanList list_views(const std::vector<std::string>& tracks_files);

/// Reads tracks files view by view; memory is for one view.
class ViewReader {
 public:
  /// `tracks_files` in the order of list_views.
  ViewReader(std::vector<std::string> tracks_files, RangeFinder finder, RangeCalibration calibration);

  /// Puts the next view into `view`; false when there are none left. Throws InputError as TracksReader does.
  bool next(View& view);

 private:
  bool next_frame();

  std::vector<std::string> files_;
  RangeFinder finder_;
  RangeCalibration calibration_;
  std::size_t file_ = 0;
  std::unique_ptr<event::TracksReader> reader_;
  event::RecordedFrame frame_;
  bool ahead_ = false;  // frame_ waits for the next view
};

}  // namespace difftrack::image
