// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/viewer/event_data.hpp"
#include "apps/viewer/event_page.hpp"
#include "difftrack/core/input_files.hpp"
#include "difftrack/core/version.hpp"
#include "difftrack/event/io/meta_image.hpp"
#include "difftrack/image/scan_image.hpp"
#include "difftrack/reconstruct/folder_filters.hpp"
#include "python/bindings/arrays.hpp"
#include "python/bindings/bindings.hpp"
#include "python/bindings/options.hpp"

namespace difftrack::python {

namespace {

/// The event display of a tracks file, as HTML.
std::string event_page(const std::string& path, std::optional<std::int64_t> frame, std::int64_t frames,
                       const detector::Detector* detector, const std::string& phantom) {
  const viewer::EventData data = viewer::read_event_data(path, {frame, frames});
  const detector::Detector described = detector != nullptr ? *detector : detector::read_detector(data.meta.detector);
  const auto& sources = data.meta.sources;
  const auto outline = viewer::phantom_outline(phantom, sources.empty() ? "" : sources.front(), described);
  return viewer::event_page(data, described, outline, core::version());
}

/// The image of a scan: voxels (z, y, x), their size, counts, warning.
nb::dict image_of(const std::vector<std::string>& paths, nb::dict given, int threads, const nb::object& listener) {
  image::ScanConfig config;
  image::Drop::Config drop;
  Options options(std::move(given));
  options.take(config.config);
  options.take(config.finder);
  options.take("detector", config.detector);
  options.take("calibration", config.calibration);
  std::string method(core::name_of(image::ImageMethod::Fbp));
  options.take("method", method);
  const auto chosen = core::parse_choice<image::ImageMethod>(method, "", "method");
  if (chosen == image::ImageMethod::Drop) options.take(drop);
  options.refuse<image::Drop::Config>("is of no use to method fbp");
  options.finish();
  image::Image image;
  std::string warning;
  {
    const nb::gil_scoped_release unlocked;
    const auto files = core::input_files(paths, "", reconstruct::tracks_in_folder());
    image::OpenScan scan = image::open_scan(files, config, threads, progress_of(listener));
    warning = scan.warning;
    image = image::image_of_scan(scan, config, chosen, drop, threads, progress_of(listener));
  }
  nb::dict cuts;
  cuts["protons"] = image.cuts.protons;
  cuts["tail"] = image.cuts.tail;
  cuts["misfit"] = image.cuts.misfit;
  cuts["wepl"] = image.cuts.wepl;
  cuts["kept"] = image.cuts.kept;
  nb::dict result;
  const auto& counts = image.rsp.counts;
  const auto n = [&](std::size_t axis) { return static_cast<std::size_t>(counts[axis]); };
  result["spacing"] = nb::make_tuple(image.rsp.spacing[2], image.rsp.spacing[1], image.rsp.spacing[0]);
  result["values"] = array_of(std::move(image.rsp.values), {n(2), n(1), n(0)});
  result["views"] = image.views;
  result["left_out"] = image.left_out;
  result["cuts"] = cuts;
  result["warning"] = warning;
  return result;
}

/// Voxels (z, y, x) to a MetaImage.
void write_image(const std::string& path,
                 const nb::ndarray<const float, nb::ndim<3>, nb::c_contig, nb::device::cpu>& values, double dz,
                 double dy, double dx) {
  const auto n = [&](std::size_t axis) { return static_cast<std::int64_t>(values.shape(axis)); };
  event::write_meta_image(
      path, {{n(2), n(1), n(0)}, {dx, dy, dz}, std::vector<float>(values.data(), values.data() + values.size())});
}

}  // namespace

void bind_pages(nb::module_& module) {
  module.def("event_page", &event_page, nb::arg("path"), nb::arg("frame").none(), nb::arg("frames"),
             nb::arg("detector").none(), nb::arg("phantom"), nb::call_guard<nb::gil_scoped_release>());
  module.def("image", &image_of, nb::arg("paths"), nb::arg("options"), nb::arg("threads"), nb::arg("progress").none());
  module.def("write_image", &write_image, nb::arg("path"), nb::arg("values"), nb::arg("dz"), nb::arg("dy"),
             nb::arg("dx"));
  module.def("image_options", [] {
    nb::list options;
    describe<image::ImageConfig>(options);
    describe<image::RangeFinder::Config>(options);
    describe<image::Drop::Config>(options);
    return options;
  });
}

}  // namespace difftrack::python
