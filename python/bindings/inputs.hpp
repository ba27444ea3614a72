// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <set>
#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/reconstruct/frame_source.hpp"
#include "python/bindings/options.hpp"

namespace difftrack::python {

/// Files and arrays that frames are made of, and how.
struct FrameInputs {
  std::vector<reconstruct::FrameSource::Input> files;
  detector::Detector detector;  ///< with what was said of the files laid over its description
  detector::FrameConfig frames;
  detector::HitConfig hits;
  detector::InputConfig input;

  std::vector<std::string> names() const;
  /// A source of them; `grouped` as FrameSource has it.
  reconstruct::FrameSource open(const std::set<std::string>& grouped) const;
};

/// Takes the options of frames. A source is a path, folder or pattern, or a tuple (bytes of the rows, NumPy's
/// description of a row, number of rows, name); bytes are not copied and outlive the result. Throws InputError.
FrameInputs frame_inputs(const nb::list& sources, const detector::Detector& detector, Options& options, int threads);

/// What frame_inputs takes, as describe() has it.
void describe_frame_options(nb::list& to);

}  // namespace difftrack::python
