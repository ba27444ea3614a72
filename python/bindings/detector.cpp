// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <string>
#include <type_traits>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/graph/features.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/graph/line_graph.hpp"
#include "python/bindings/arrays.hpp"
#include "python/bindings/bindings.hpp"

namespace difftrack::python {

namespace {

/// The options of a part of a description by name.
template <class Config>
nb::dict values_of(const Config& config) {
  nb::dict values;
  core::for_each_field<Config>([&](const auto& each) {
    using T = typename std::remove_cvref_t<decltype(each)>::Value;
    const std::string name(each.name);
    if constexpr (std::is_enum_v<T>)
      values[name.c_str()] = std::string(core::name_of(each.of(config)));
    else
      values[name.c_str()] = each.of(config);
  });
  return values;
}

std::vector<double> planes_of(const detector::Detector& detector) {
  std::vector<double> z;
  for (const detector::Layer& layer : detector.layers) z.push_back(layer.sensitive_z);
  return z;
}

void bind_description(nb::module_& module) {
  using detector::Detector;
  nb::class_<Detector>(module, "Detector")
      .def_ro("name", &Detector::name)
      .def_ro("title", &Detector::title)
      .def_prop_ro("n_layers", [](const Detector& self) { return self.layers.size(); })
      .def_ro("n_tracker_layers", &Detector::n_tracker_layers)
      .def_prop_ro(
          "z", [](const Detector& self) { return array_of(planes_of(self)); }, nb::rv_policy::move)
      .def_prop_ro("thresholds", [](const Detector& self) { return values_of(self.thresholds); })
      .def_prop_ro("pixels", [](const Detector& self) { return values_of(self.pixels); });
  module.def("read_detector", &detector::read_detector, nb::arg("name_or_path"));
  module.def(
      "parse_detector",
      [](const std::string& text, const std::string& name) { return detector::parse_detector(text, name); },
      nb::arg("text"), nb::arg("name"));
}

void bind_frame(nb::module_& module) {
  using event::Frame;
  nb::class_<Frame> frame(module, "Frame");
  frame.def("__len__", [](const Frame& self) { return self.hits.size(); })
      .def("__repr__",
           [](const Frame& self) {
             return fmt::format("<difftrack.Frame {}: {} hits of {} events in {} layers>", self.index, self.hits.size(),
                                self.n_events, self.n_layers());
           })
      .def_ro("index", &Frame::index)
      .def_ro("n_events", &Frame::n_events)
      .def_ro("run", &Frame::run)
      .def_prop_ro("n_layers", &Frame::n_layers)
      .def_prop_ro("spot",
                   [](const Frame& self) -> nb::object {
                     return self.has_spot ? nb::object(nb::make_tuple(self.spot_x, self.spot_y)) : nb::none();
                   })
      .def_prop_ro("rotation",
                   [](const Frame& self) -> nb::object {
                     return self.has_rotation ? nb::object(nb::float_(self.rotation)) : nb::none();
                   })
      .def_prop_ro("group_begin",
                   [](nb::handle self) { return view_of(nb::cast<const Frame&>(self).group_begin, self); })
      .def_ro("why_empty", &Frame::why_empty);
  nb::dict columns;  // name → (unit, meaning)
  event::for_each_column<event::Hits>([&](const auto& each) {
    const std::string name(each.name);
    columns[name.c_str()] = nb::make_tuple(std::string(each.unit), std::string(each.meaning));
    const auto member = each.member;
    if (each.name == "run" || each.name == "rotation" || each.name == "spot_x" || each.name == "spot_y")
      return;  // one for the whole frame
    frame.def_prop_ro(name.c_str(), [member](nb::handle self) -> nb::object {
      const auto& values = nb::cast<const Frame&>(self).hits.*member;
      if (values.empty() && nb::cast<const Frame&>(self).hits.size() > 0) return nb::none();
      return nb::cast(view_of(values, self));
    });
  });
  frame.attr("columns") = columns;
}

void bind_graph(nb::module_& module) {
  using graph::HitGraph;
  const auto column = [](auto member) {
    return [member](nb::handle self) { return view_of(nb::cast<const HitGraph&>(self).*member, self); };
  };
  nb::class_<HitGraph>(module, "HitGraph")
      .def("__len__", &HitGraph::size)
      .def("__repr__",
           [](const HitGraph& self) { return fmt::format("<difftrack.HitGraph: {} segments>", self.size()); })
      .def_prop_ro("n_hits",
                   [](const HitGraph& self) {
                     return self.start_begin.empty() ? 0 : static_cast<std::int32_t>(self.start_begin.size()) - 1;
                   })
      .def_prop_ro("deep", column(&HitGraph::deep))
      .def_prop_ro("shallow", column(&HitGraph::shallow))
      .def_prop_ro("ux", column(&HitGraph::ux))
      .def_prop_ro("uy", column(&HitGraph::uy))
      .def_prop_ro("uz", column(&HitGraph::uz))
      .def_prop_ro("pair_begin", column(&HitGraph::pair_begin));
  module.def(
      "hit_graph",
      [](const event::Frame& frame, const detector::Detector& detector) {
        return graph::build_hit_graph(frame, graph::hit_graph_config(detector));
      },
      nb::arg("frame"), nb::arg("detector"), nb::call_guard<nb::gil_scoped_release>());
  module.def("segment_labels", [](const event::Frame& frame, const HitGraph& graph) {
    return array_of(graph::segment_labels(frame, graph));
  });
  module.def("segment_features", [](const event::Frame& frame, const HitGraph& graph) {
    return array_of(graph::segment_features(frame, graph), {graph.size(), graph::kSegmentFeatures});
  });
  module.def("kinks", [](const HitGraph& graph) {
    graph::LineGraph kinks = graph::build_line_graph(graph);
    return nb::make_tuple(array_of(std::move(kinks.from)), array_of(std::move(kinks.to)),
                          array_of(std::move(kinks.theta)));
  });
}

}  // namespace

void bind_detector(nb::module_& module) {
  bind_description(module);
  bind_frame(module);
  bind_graph(module);
}

}  // namespace difftrack::python
