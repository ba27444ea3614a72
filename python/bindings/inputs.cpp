// SPDX-License-Identifier: Apache-2.0
#include "python/bindings/inputs.hpp"

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include <cstring>
#include <memory>
#include <utility>

#include "difftrack/core/input_files.hpp"
#include "difftrack/event/io/bytes.hpp"
#include "difftrack/event/io/npy_header.hpp"
#include "difftrack/reconstruct/folder_filters.hpp"
#include "python/bindings/arrays.hpp"

namespace difftrack::python {

namespace {

constexpr const char* kPixelPrefix = "pixel_";
const std::vector<std::string> kOfOthers{"events_per_frame", "frame_time", "threads"};  // of pixels, set from elsewhere

/// A NumPy array as the .npy file that it would be: what goes for files goes for arrays.
class ArrayBytes final : public event::Bytes {
 public:
  ArrayBytes(const std::string& name, std::string header, const std::uint8_t* rows, std::size_t n)
      : Bytes(name, header.size() + n), header_(std::move(header)), rows_(rows) {}

 private:
  void read(std::uint64_t offset, std::span<std::byte> out) const override {
    std::size_t done = 0;
    if (offset < header_.size()) {
      done = std::min<std::size_t>(out.size(), header_.size() - offset);
      std::memcpy(out.data(), header_.data() + offset, done);
    }
    if (done < out.size()) std::memcpy(out.data() + done, rows_ + (offset + done - header_.size()), out.size() - done);
  }

  std::string header_;
  const std::uint8_t* rows_;
};

reconstruct::FrameSource::Input array_input(const nb::tuple& array) {
  const auto rows = nb::cast<ArrayIn<std::uint8_t>>(array[0]);
  const auto descr = nb::cast<std::string>(array[1]);
  const auto shape = fmt::format("({},)", nb::cast<std::int64_t>(array[2]));
  const auto name = nb::cast<std::string>(array[3]);
  return {name, std::make_shared<ArrayBytes>(name, event::format_npy_header(descr, shape), rows.data(), rows.size())};
}

}  // namespace

std::vector<std::string> FrameInputs::names() const {
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.name);
  return names;
}

reconstruct::FrameSource FrameInputs::open(const std::set<std::string>& grouped) const {
  return {files, detector, frames, hits, input, grouped};
}

FrameInputs frame_inputs(const nb::list& sources, const detector::Detector& detector, Options& options, int threads) {
  FrameInputs inputs;
  inputs.detector = detector;
  options.take(inputs.frames);
  options.take(inputs.hits);
  options.take(inputs.hits.pixels, kOfOthers, kPixelPrefix);
  options.take(inputs.input);
  options.take(inputs.detector.mapping, {"form", "column", "pitch", "origin"});
  std::string form;
  options.take("layer_from", form);
  if (!form.empty()) inputs.detector.mapping.form = core::parse_choice<detector::LayerForm>(form, "", "layer_from");
  detector::check_mapping(inputs.detector.mapping, "", "");
  detector::check_frames(inputs.frames, "");
  detector::check_hits(inputs.hits, "");
  inputs.hits.pixels.threads = threads;
  if (!inputs.hits.from_pixels())
    core::for_each_field<detector::Digitise::Config>([&](const auto& each) {
      const std::string name = kPixelPrefix + std::string(each.name);
      if (options.has(name)) throw core::InputError({"", name, ""}, "is of no use to hits merged");
    });
  for (const nb::handle& source : sources) {
    if (nb::isinstance<nb::tuple>(source)) {
      inputs.files.push_back(array_input(nb::cast<nb::tuple>(source)));
      continue;
    }
    for (std::string& path : core::input_files({nb::cast<std::string>(source)}, "", reconstruct::hits_in_folder()))
      inputs.files.push_back({std::move(path), nullptr});
  }
  return inputs;
}

void describe_frame_options(nb::list& to) {
  describe<detector::FrameConfig>(to);
  describe<detector::HitConfig>(to);
  describe<detector::Digitise::Config>(to, kOfOthers, kPixelPrefix);
  describe<detector::InputConfig>(to);
  describe<detector::LayerMapping>(to, {"form", "column", "pitch", "origin"});
}

}  // namespace difftrack::python
