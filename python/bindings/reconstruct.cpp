// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/detector/steps/step_reader.hpp"
#include "difftrack/reconstruct/evaluate_file.hpp"
#include "difftrack/reconstruct/methods.hpp"
#include "difftrack/reconstruct/stream.hpp"
#include "difftrack/reconstruct/write_result.hpp"
#include "python/bindings/arrays.hpp"
#include "python/bindings/bindings.hpp"
#include "python/bindings/inputs.hpp"
#include "python/bindings/options.hpp"

namespace difftrack::python {

namespace {

using reconstruct::Tracking;

/// All frames of the sources, and what was odd about them.
nb::tuple frames(const nb::list& sources, const detector::Detector& detector, nb::dict given, int threads) {
  Options options(std::move(given));
  const FrameInputs inputs = frame_inputs(sources, detector, options, threads);
  options.finish();
  std::vector<event::Frame> found;
  reconstruct::SourceReport report;
  {
    const nb::gil_scoped_release unlocked;
    for (std::set<std::string> grouped;;) {
      try {
        reconstruct::FrameSource source = inputs.open(grouped);
        found.clear();
        std::int32_t file = 0;
        for (event::Frame frame; source.next(frame, file);) found.push_back(std::move(frame));
        report = source.report();
        break;
      } catch (const detector::EventsOutOfOrder& out_of_order) {
        grouped.insert(out_of_order.file);
      }
    }
  }
  nb::list result;
  for (event::Frame& frame : found) result.append(nb::cast(std::move(frame)));
  return nb::make_tuple(result, report.warnings, report.notes);
}

/// A method whose scores, one per segment in [0, 1], a Python function gives; it is called with frame and graph.
reconstruct::Method by_function(const nb::callable& scores_of, const detector::Detector& detector, Options& options) {
  assign::AssignConfig config;
  options.take(config, {"threads"});
  config.threads = 1;  // frames are solved side by side
  const auto choose = [function = scores_of.ptr(), config](const event::Frame& frame, const graph::HitGraph& graph) {
    track::SegmentAssignment result;
    {
      const nb::gil_scoped_acquire locked;
      const nb::object scores = nb::handle(function)(nb::cast(frame, nb::rv_policy::copy), nb::cast(graph));
      const auto array = nb::cast<ArrayIn<float>>(scores);
      result.scores.assign(array.data(), array.data() + array.size());
    }
    if (result.scores.size() != graph.size())
      throw core::InputError({"", "method", std::to_string(result.scores.size()) + " scores"},
                             "one is needed for each of the " + std::to_string(graph.size()) + " segments of frame " +
                                 std::to_string(frame.index));
    const assign::Segments segments{graph.deep, graph.shallow, graph.pair_begin,
                                    static_cast<std::int32_t>(frame.hits.size())};
    result.assigned = assign::assign_layers(segments, result.scores, config).assigned;
    return result;
  };
  return {"",
          std::string(core::name_of(config.mode)),
          {},
          "",
          std::make_unique<reconstruct::SegmentReconstruction>(detector, choose),
          detector.thresholds};
}

/// A method by its name. Options of other methods are refused.
reconstruct::Method by_name(const std::string& name, const detector::Detector& detector, Options& options) {
  reconstruct::MethodConfig config;
  config.method = core::parse_choice<Tracking>(name, "", "method");
  const std::string why = "is of no use to method " + name;
  if (reconstruct::uses_model(config.method)) options.take("model", config.model);
  if (reconstruct::uses_assign(config.method)) options.take(config.assign, {"threads"});
  config.mode_given = options.has("mode");
  config.cost_given = options.has("unassigned_cost");
  config.order_given = options.has("order");
  if (config.method == Tracking::Joint) options.take(config.joint);
  if (config.method == Tracking::Policy) {
    options.take(config.policy);
    options.take(config.joint, {std::begin(reconstruct::kNotOfPolicy), std::end(reconstruct::kNotOfPolicy)});
  }
  if (reconstruct::uses_likelihood(config.method)) {
    options.take("likelihood", config.likelihood);
    options.take(config.physics, {std::begin(reconstruct::kNotOfLikelihood), std::end(reconstruct::kNotOfLikelihood)});
  } else if (reconstruct::uses_physics(config.method)) {
    options.take(config.physics);
  }
  if (config.method == Tracking::Follower) options.take(config.follower);
  for (const char* of_others : {"model", "likelihood"}) options.refuse(of_others, why);
  options.refuse<assign::AssignConfig>(why);
  options.refuse<track::JointConfig>(why);
  options.refuse<policy::PolicyConfig>(why);
  options.refuse<track::PhysicsConfig>(why);
  options.refuse<track::FollowerConfig>(why);
  options.finish();
  const nb::gil_scoped_release unlocked;
  reconstruct::Method method = reconstruct::make_method(config, detector);
  if (reconstruct::cost_is_of_no_use(config, method))
    throw core::InputError({"", "unassigned_cost", core::number_text(config.assign.unassigned_cost, {})},
                           "is of no use to mode forced");
  return method;
}

/// Where tracks go, and what the file says of their making.
struct Target {
  const std::string& output;
  bool write_graph;
  event::TracksMeta meta;
};

reconstruct::StreamCounts write(const Target& target, reconstruct::FrameFeed& feed, const reconstruct::Method& method,
                                int threads, const nb::object& listener) {
  event::TracksWriter writer(target.output, target.meta, target.write_graph);
  const auto counts = reconstruct::reconstruct_stream(
      feed, *method.reconstruct, threads,
      [&](const event::Frame& frame, std::int32_t file, const reconstruct::FrameResult& result) {
        reconstruct::write_result(writer, frame, file, result);
      },
      progress_of(listener));
  writer.commit();
  return counts;
}

/// Frames in memory, or files and arrays, to a tracks file. Returns what was odd: warnings, notes.
nb::tuple reconstruct_to(const nb::list& sources, const detector::Detector& detector, const nb::object& chosen,
                         nb::dict given, const std::string& output, bool write_graph, int threads,
                         const nb::object& listener) {
  Options options(std::move(given));
  const bool in_memory = nb::len(sources) > 0 && nb::isinstance<event::Frame>(sources[0]);
  std::optional<FrameInputs> inputs;
  std::vector<event::Frame> frames;
  if (in_memory)
    for (const nb::handle& frame : sources) frames.push_back(nb::cast<const event::Frame&>(frame));
  else
    inputs = frame_inputs(sources, detector, options, threads);
  const bool function = PyCallable_Check(chosen.ptr()) != 0;
  const std::string name =
      nb::cast<std::string>(nb::str(function ? nb::getattr(chosen, "__name__", nb::str("function")) : chosen));
  const detector::Detector& described = inputs ? inputs->detector : detector;
  const reconstruct::Method method =
      function ? by_function(nb::cast<nb::callable>(chosen), described, options) : by_name(name, described, options);
  options.finish();

  Target target{output, write_graph, {}};
  target.meta.method = name;
  target.meta.model = method.model;
  target.meta.assignment = method.assignment;
  target.meta.detector = described.name;
  reconstruct::set_thresholds(target.meta, method.thresholds);
  reconstruct::SourceReport report;
  std::vector<std::string> warnings;
  {
    const nb::gil_scoped_release unlocked;
    if (!inputs) {
      target.meta.per_frame = 0;
      target.meta.sources = {"frames"};
      reconstruct::FramesInMemory feed(frames);
      write(target, feed, method, threads, listener);
    } else {
      target.meta.per_frame = inputs->frames.frame_time > 0.0 ? 0 : inputs->frames.per_frame;
      target.meta.frame_time = inputs->frames.frame_time;
      target.meta.sources = inputs->names();
      for (std::set<std::string> grouped;;) {
        try {
          reconstruct::FrameSource feed = inputs->open(grouped);
          write(target, feed, method, threads, listener);
          report = feed.report();
          break;
        } catch (const detector::EventsOutOfOrder& out_of_order) {
          grouped.insert(out_of_order.file);
        }
      }
    }
    warnings = report.warnings;
    for (std::string& warning : reconstruct::warnings_of_other_hits(method, described.name, report))
      warnings.push_back(std::move(warning));
  }
  return nb::make_tuple(warnings, report.notes);
}

nb::tuple estimate(const track::Estimate& estimate) {
  return nb::make_tuple(estimate.value, estimate.low, estimate.high);
}

nb::list evaluate(const std::string& path) {
  std::vector<reconstruct::Evaluation> rows;
  {
    const nb::gil_scoped_release unlocked;
    rows = reconstruct::evaluate_file(path);
  }
  nb::list result;
  for (const auto& row : rows) {
    nb::dict values;
    values["source"] = row.source;
    values["method"] = row.meta.method;
    values["assignment"] = row.meta.assignment;
    values["detector"] = row.meta.detector;
    values["events_per_frame"] = row.events_per_frame;
    values["frames"] = row.metrics.frames;
    values["tracks"] = row.metrics.counts.tracks;
    values["reconstructable"] = row.metrics.counts.reconstructable;
    values["published_purity"] = estimate(row.metrics.published_purity);
    values["published_efficiency"] = estimate(row.metrics.published_efficiency);
    values["strict_purity"] = estimate(row.metrics.strict_purity);
    values["strict_efficiency"] = estimate(row.metrics.strict_efficiency);
    values["complete"] = estimate(row.metrics.complete);
    values["segment_tpr"] = estimate(row.metrics.segment_tpr);
    values["segment_fpr"] = estimate(row.metrics.segment_fpr);
    values["segment_filter_kept"] = estimate(row.metrics.segment_filter_kept);
    result.append(values);
  }
  return result;
}

}  // namespace

void bind_reconstruct(nb::module_& module) {
  module.def("frames", &frames, nb::arg("sources"), nb::arg("detector"), nb::arg("options"), nb::arg("threads"));
  module.def("reconstruct", &reconstruct_to, nb::arg("sources"), nb::arg("detector"), nb::arg("method"),
             nb::arg("options"), nb::arg("output"), nb::arg("write_graph"), nb::arg("threads"),
             nb::arg("progress").none());
  module.def("evaluate", &evaluate, nb::arg("path"));
  module.def("methods", [] { return core::choice_names<Tracking>(); });
  module.def("frame_options", [] {
    nb::list options;
    describe_frame_options(options);
    return options;
  });
  module.def("method_options", [] {
    nb::list options;
    describe<assign::AssignConfig>(options, {"threads"});
    describe<track::JointConfig>(options);
    describe<policy::PolicyConfig>(options);
    describe<track::PhysicsConfig>(options);
    describe<track::FollowerConfig>(options);
    return options;
  });
}

}  // namespace difftrack::python
