// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <optional>

#include "apps/study/report.hpp"
#include "apps/study/request.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/study/landscape.hpp"

namespace difftrack::study_app {

namespace {

using Options = TableOptions<study::LandscapeConfig>;

/// The raw directions: computed by one task of the queue where that takes long. Nothing when its result is missing.
std::optional<std::vector<study::Vector>> directions(const Options& options, const std::vector<study::Model>& models,
                                                     const std::vector<study::Model>& checkpoints,
                                                     const study::FrameSet& frames, const Run& run) {
  const study::LandscapeConfig& config = options.config;
  const study::Model& centre = models.front();
  const std::int32_t count = config.dimensions;
  if (config.directions == study::DirectionKind::Random) return study::random_directions(centre, count, config.seed);
  if (config.directions == study::DirectionKind::Pca)
    return study::principal_directions(centre, checkpoints, count).directions;
  if (config.directions == study::DirectionKind::Models) {
    std::vector<study::Vector> ways;
    for (std::int32_t k = 0; k < count; ++k) {
      ways.push_back(models[static_cast<std::size_t>(k) + 1].values);
      for (std::size_t i = 0; i < ways.back().size(); ++i) ways.back()[i] -= centre.values[i];
    }
    return ways;
  }
  const std::size_t n = centre.values.size();
  const auto rows_of = [&](const std::vector<double>& values) {
    std::vector<study::Vector> rows;
    for (std::int32_t k = 0; k < count; ++k) {
      const auto begin = values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(k) * n);
      rows.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(n));
    }
    return rows;
  };
  if (config.directions == study::DirectionKind::File) {
    const event::NpzFile file(config.direction_file);
    const std::string own = centre.name + "/largest_vectors";
    const auto array = file.read(file.has(own) ? own : "directions");
    if (array.shape.size() != 2 || array.shape[0] < count || array.shape[1] != static_cast<std::int64_t>(n))
      throw core::InputError({config.direction_file, "directions", ""},
                             fmt::format("must hold {} rows of {} numbers", count, n));
    return rows_of(array.as<double>());
  }
  core::WorkQueue queue = run.queue("directions", true);
  const auto result = queue.run("directions", 1, [&](std::int64_t, int) {
    const study::HessianTarget target = study::hessian_target(centre, frames, config.hessian, config.seed);
    const study::DifferenceProducts product(centre, frames, target.loss, config.hessian.norm, run.threads(),
                                            config.hessian.step, config.hessian.pattern);
    const auto ends = study::LanczosEnds({count, 300, 1e-3, static_cast<std::uint64_t>(config.seed)})(product, n);
    std::vector<double> values;
    for (const study::Vector& v : ends.largest.vectors) values.insert(values.end(), v.begin(), v.end());
    return core::to_bytes(values);
  });
  if (!result) return std::nullopt;
  return rows_of(core::from_bytes(result->front()));
}

void check(const Options& options, const std::vector<study::Model>& models,
           const std::vector<study::Model>& checkpoints) {
  const study::LandscapeConfig& config = options.config;
  if (config.directions == study::DirectionKind::Models &&
      models.size() < static_cast<std::size_t>(config.dimensions) + 1)
    throw core::InputError({"", "models", std::to_string(models.size())},
                           fmt::format("are too few for directions = models in {} dimensions; the first is the centre",
                                       config.dimensions));
  if (config.directions != study::DirectionKind::Models && models.size() > 1)
    throw core::InputError({"", "models", std::to_string(models.size())},
                           "is more than the centre; others are for directions = models");
  if (config.directions == study::DirectionKind::File && config.direction_file.empty())
    throw core::InputError({"", "direction_file", ""}, "is missing; directions = file needs one");
  if (config.directions == study::DirectionKind::Pca && checkpoints.empty())
    throw core::InputError({"", "checkpoints", ""}, "names none; directions = pca needs some");
  for (const study::Model& each : checkpoints)
    if (each.values.size() != models.front().values.size())
      throw core::InputError({each.file, "checkpoints", ""}, "is of another architecture than the model");
}

/// A checkpoint in the plane: where it is projected to, how much of it is not there, its own loss and the surface's.
struct Trajectory {
  std::vector<study::Projection> places;
  std::vector<study::PointLosses> own, surface;
};

std::optional<Trajectory> trajectory(const std::vector<study::Model>& checkpoints, const study::Plane& plane,
                                     const study::Model& centre, const study::PointEvaluator& evaluate,
                                     core::WorkQueue& queue) {
  Trajectory result;
  for (const study::Model& each : checkpoints)
    result.places.push_back(study::project(plane, centre.values, each.values));
  const auto results =
      queue.run("trajectory", static_cast<std::int64_t>(2 * checkpoints.size()), [&](std::int64_t index, int) {
        const auto k = static_cast<std::size_t>(index / 2);
        study::PointEvaluator::Workspace workspace;
        const study::Model& at = checkpoints[k];
        const auto losses = index % 2 == 0
                                ? evaluate(at.values, at.statistics, workspace)
                                : evaluate(study::point_in(plane, centre.values, result.places[k].coordinates),
                                           centre.statistics, workspace);
        return core::to_bytes(study::to_numbers(losses));
      });
  if (!results) return std::nullopt;
  for (std::size_t k = 0; k < results->size(); ++k)
    (k % 2 == 0 ? result.own : result.surface).push_back(study::losses_from(core::from_bytes((*results)[k])));
  return result;
}

Json summary_json(const study::SurfaceSummary& s) {
  return {{"minimum", s.minimum},     {"minimum_at", {s.minimum_a, s.minimum_b}},
          {"centre", s.centre},       {"maximum", s.maximum},
          {"within_2", s.within_2},   {"within_5", s.within_5},
          {"within_10", s.within_10}, {"wide", s.wide}};
}

void write(const Options& options, const Run& run, const std::vector<study::Model>& models,
           const study::FrameSet& frames, const study::Plane& plane, const study::Surface& surface,
           const std::vector<study::Model>& checkpoints, const Trajectory& way) {
  const auto bce = [](const study::PointLosses& at) { return at.bce; };
  const auto hamming = [](const study::PointLosses& at) { return at.hamming; };
  Json report = begin_report(run, models, frames);
  report["normalisation"] = std::string(core::name_of(options.config.normalisation));
  report["statistics"] = std::string(core::name_of(options.config.statistics));
  report["cosine"] = plane.cosine;
  report["lengths"] = plane.lengths;
  report["centre"] = to_json(surface.centre);
  report["ceiling"] = surface.centre.ceiling;
  report["hamming"] = summary_json(study::summarise(surface, options.config.wide, hamming));
  report["bce"] = summary_json(study::summarise(surface, options.config.wide, bce));
  report["points"] = surface.losses.size();
  if (!plane.explained.empty()) report["explained"] = plane.explained;
  event::NpzWriter arrays(run.path("arrays.npz"));
  add_rows(arrays, "directions", plane.axes);
  std::vector<double> axis, a, b;
  for (std::int32_t i = 0; i < surface.grid.side; ++i) axis.push_back(surface.grid.coordinate(i));
  for (std::size_t k = 0; k < surface.losses.size(); ++k) {
    a.push_back(surface.grid.coordinate(surface.i[k]));
    b.push_back(surface.grid.dimensions == 2 ? surface.grid.coordinate(surface.j[k]) : 0.0);
  }
  arrays.add("axis", axis);
  arrays.add("a", a);
  arrays.add("b", b);
  const std::int64_t side = surface.grid.side;
  const std::vector<std::int64_t> shape =
      surface.grid.dimensions == 2 ? std::vector<std::int64_t>{side, side} : std::vector<std::int64_t>{side};
  arrays.add("hamming", study::on_full_grid(surface, hamming), shape);
  arrays.add("bce", study::on_full_grid(surface, bce), shape);
  arrays.add("tpr", study::on_full_grid(surface, [](const study::PointLosses& at) { return at.tpr; }), shape);
  arrays.add("hamming_over_ceiling",
             study::on_full_grid(surface, [](const study::PointLosses& at) { return at.ratio(); }), shape);
  for (std::size_t k = 0; k < checkpoints.size(); ++k)
    report["trajectory"].push_back({{"name", checkpoints[k].name},
                                    {"coordinates", way.places[k].coordinates},
                                    {"residual_share", way.places[k].residual_share},
                                    {"distance", way.places[k].distance},
                                    {"own", to_json(way.own[k])},
                                    {"surface", to_json(way.surface[k])}});
  if (!run.options().quiet) {
    const auto& h = report["hamming"];
    fmt::print(
        "L_H: minimum {:.4g} at {}, centre {:.4g} ({:.2g} of its ceiling, TPR {:.2f} %), maximum {:.4g}; area "
        "within {:g} x centre: {:.3f}\n",
        h["minimum"].get<double>(), h["minimum_at"].dump(), h["centre"].get<double>(), surface.centre.ratio(),
        100.0 * surface.centre.tpr, h["maximum"].get<double>(), options.config.wide, h["wide"].get<double>());
  }
  finish_report(run, report, arrays);
}

void run_landscape(const Options& options, const std::vector<NamedList>& lists, Run& run) {
  const study::LandscapeConfig& config = options.config;
  const auto models = run.models(lists[0].values);
  std::vector<study::Model> checkpoints;
  if (!lists[2].values.empty()) checkpoints = run.models(lists[2].values, "checkpoint");
  check(options, models, checkpoints);
  const study::FrameSet frames = run.frames(lists[1].values, options.source);
  if (!config.direction_file.empty()) run.depends_on("direction_file", config.direction_file);
  const study::Model& centre = models.front();
  study::check_kernels(centre);

  const auto raw = directions(options, models, checkpoints, frames, run);
  core::WorkQueue queue = run.queue("points");
  if (!raw) return run.tell_incomplete(queue);
  study::Plane plane = study::make_plane(centre, *raw, config.normalisation);
  if (config.directions == study::DirectionKind::Pca)
    plane.explained = study::principal_directions(centre, checkpoints, config.dimensions).explained;
  const study::PointEvaluator evaluate(centre, frames, config.statistics, config.recompute_frames);
  std::vector<study::PointEvaluator::Workspace> workspaces(static_cast<std::size_t>(run.threads()));
  const auto surface = study::evaluate_surface(config, queue, [&](std::span<const double> coordinates, int thread) {
    return evaluate(study::point_in(plane, centre.values, coordinates), centre.statistics,
                    workspaces[static_cast<std::size_t>(thread)]);
  });
  if (!surface) return run.tell_incomplete(queue);
  const auto way = trajectory(checkpoints, plane, centre, evaluate, queue);
  if (!way) return run.tell_incomplete(queue);
  if (run.reports()) write(options, run, models, frames, plane, *surface, checkpoints, *way);
}

}  // namespace

void add_landscape_command(CLI::App& app, std::function<void()>& run) {
  add_command<study::LandscapeConfig>(
      app, run, "landscape", "losses over a line or a plane around a model, with the way training took",
      {{"models", "The model in the centre; with directions = models, those it looks to."},
       {"frames", "Frames over which the losses are means.", true},
       {"checkpoints", "Models that training passed, drawn as its way; rows of directions = pca."}},
      "Example:\n"
      "  difftrack study landscape --models models/study/ptt_1.safetensors --frames data/water100_train.npz:0:11:30\n"
      "      --points 17 --refine -o runs/landscape",
      run_landscape);
}

}  // namespace difftrack::study_app
