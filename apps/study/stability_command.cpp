// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/study/report.hpp"
#include "apps/study/request.hpp"
#include "difftrack/matter/medium.hpp"
#include "difftrack/study/resampling.hpp"
#include "difftrack/study/similarity.hpp"
#include "difftrack/study/stability.hpp"

namespace difftrack::study_app {

namespace {

using Options = TableOptions<study::StabilityConfig>;

Json to_json(const study::Interval& interval) {
  return {{"value", interval.value}, {"low", interval.low}, {"high", interval.high}};
}

/// Groups of models in the order of their first one.
struct Group {
  std::string name;
  std::vector<std::size_t> members;
};

std::vector<Group> groups_of(const std::vector<study::Model>& models) {
  std::vector<Group> groups;
  for (std::size_t m = 0; m < models.size(); ++m) {
    const auto found =
        std::find_if(groups.begin(), groups.end(), [&](const Group& each) { return each.name == models[m].group; });
    if (found == groups.end())
      groups.push_back({models[m].group, {m}});
    else
      found->members.push_back(m);
  }
  return groups;
}

/// One statistic of pairs: per frame numerator and denominator of models a and b.
using PairNumbers = std::function<std::pair<double, double>(const study::FrameStability&, std::size_t, std::size_t)>;

study::PairCounts pair_counts(const std::vector<study::FrameStability>& frames, std::size_t models,
                              const PairNumbers& numbers) {
  study::PairCounts counts{models, frames.size(), {}, {}};
  for (const study::FrameStability& frame : frames)
    for (std::size_t a = 0; a < models; ++a)
      for (std::size_t b = 0; b < models; ++b) {
        const auto [numerator, denominator] = numbers(frame, a, b);
        counts.numerator.push_back(numerator);
        counts.denominator.push_back(denominator);
      }
  return counts;
}

std::vector<double> matrix_of(const study::PairCounts& counts) {
  std::vector<double> matrix(counts.models * counts.models, 0.0), below(matrix.size(), 0.0);
  for (std::size_t k = 0; k < counts.numerator.size(); ++k) {
    matrix[k % matrix.size()] += counts.numerator[k];
    below[k % matrix.size()] += counts.denominator[k];
  }
  for (std::size_t i = 0; i < matrix.size(); ++i) matrix[i] = below[i] > 0.0 ? matrix[i] / below[i] : 0.0;
  return matrix;
}

/// Tracks that differ over tracks that either has: 1 − |A∩B| / |A∪B|.
std::pair<double, double> churn(const study::FrameStability& f, std::size_t a, std::size_t b) {
  const std::size_t n = f.tracks.size();
  const auto either = static_cast<double>(f.tracks[a] + f.tracks[b] - f.common[a * n + b]);
  return {either - static_cast<double>(f.common[a * n + b]), either};
}
std::pair<double, double> right_in_one(const study::FrameStability& f, std::size_t a, std::size_t b) {
  return {static_cast<double>(f.right_in_one[a * f.tracks.size() + b]), static_cast<double>(f.primaries)};
}
/// Segments that differ, over what the error rates leave room for. Of sums over frames this is m̂ as long as the same
/// model is the better one in every frame, nearly; the matrix takes it exactly.
std::pair<double, double> disagreement(const study::FrameStability& f, std::size_t a, std::size_t b) {
  const double* at = f.disagreement.data() + 4 * study::pair_index(f.tracks.size(), std::min(a, b), std::max(a, b));
  return {at[1], at[2] + at[3]};
}

Json flips_json(const std::vector<const study::Flip*>& flips, const std::string& what, bool quiet) {
  std::vector<std::uint8_t> flipped;
  double missing = 0.0, others = 0.0;
  for (const study::Flip* flip : flips) {
    flipped.push_back(flip->missing > 0);
    missing += flip->missing;
    others += flip->others;
  }
  const auto count = std::count(flipped.begin(), flipped.end(), 1);
  Json json{
      {"count", flips.size()}, {"flipped_in_any", count}, {"missing_share", others > 0.0 ? missing / others : 0.0}};
  for (std::size_t p = 0; p < study::kPredictors.size(); ++p) {
    std::vector<double> values;
    for (const study::Flip* flip : flips) {
      const double value = study::to_array(flip->predictors)[p];
      values.push_back(study::kPredictors[p].small_flips ? -value : value);
    }
    const double area = study::area_under_curve(values, flipped);
    json["auc"][std::string(study::kPredictors[p].name)] = area;
    if (!quiet) fmt::print("{}: area under curve of {:<14} {:.3f}\n", what, study::kPredictors[p].name, area);
    // Share of flips by tenths of the predictor, most suspicious first.
    std::vector<std::size_t> order(values.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
    for (std::size_t tenth = 0; tenth < 10 && order.size() >= 10; ++tenth) {
      const std::size_t begin = tenth * order.size() / 10, end = (tenth + 1) * order.size() / 10;
      double flips_in = 0.0;
      for (std::size_t k = begin; k < end; ++k) flips_in += flipped[order[k]];
      json["flips_by_tenth"][std::string(study::kPredictors[p].name)].push_back(flips_in /
                                                                                static_cast<double>(end - begin));
    }
  }
  return json;
}

/// Mean stopping depth, and by how much it and the path length of a pixel differ from model to model.
Json downstream(const Options& options, const std::vector<study::Model>& models, const study::FrameSet& set,
                const std::vector<study::FrameStability>& frames, event::NpzWriter& arrays, bool quiet) {
  const double range = matter::water().range(options.config.beam_energy);
  Json all = Json::array();
  for (std::size_t r = 0; r < set.ranges.size(); ++r) {
    std::vector<const study::FrameStability*> of_range;
    for (std::size_t f = 0; f < frames.size(); ++f)
      if (set.frames[f].range == r) of_range.push_back(&frames[f]);
    const study::DepthMap map = study::depth_map(of_range, options.config.pixel);
    Json one{{"frames", study::to_text(set.ranges[r])}, {"range_in_water", range}};
    for (std::size_t m = 0; m < models.size(); ++m) {
      double sum = 0.0, n = 0.0;
      for (const auto* frame : of_range)
        for (const auto& track : frame->stopped[m]) {
          sum += track.depth;
          n += 1.0;
        }
      one["models"].push_back({{"name", models[m].name},
                               {"mean_stopping_depth", n > 0.0 ? sum / n : 0.0},
                               {"mean_path_length", n > 0.0 ? range - sum / n : 0.0}});
    }
    double squares = 0.0, pixels = 0.0;
    for (const double spread : map.spread)
      if (!std::isnan(spread)) {
        squares += spread * spread;
        pixels += 1.0;
      }
    one["pixels"] = pixels;
    one["spread_per_pixel"] = pixels > 0.0 ? std::sqrt(squares / pixels) : 0.0;
    if (!quiet)
      fmt::print("{}: path length per pixel of {:g} mm differs by {:.3f} mm of water from model to model ({} pixels)\n",
                 study::to_text(set.ranges[r]), options.config.pixel, one["spread_per_pixel"].get<double>(), pixels);
    std::vector<double> path;
    for (const auto& depth : map.depth)
      for (const double each : depth) path.push_back(range - each);
    arrays.add(fmt::format("path_length_{}", r), path,
               {static_cast<std::int64_t>(models.size()), map.rows, map.columns});
    one["first_pixel"] = {map.first_x, map.first_y};
    all.push_back(one);
  }
  return all;
}

Json pair_statistics(const Options& options, const std::vector<study::Model>& models,
                     const std::vector<study::FrameStability>& frames, event::NpzWriter& arrays, bool quiet) {
  const std::vector<Group> groups = groups_of(models);
  struct Statistic {
    const char* name;
    PairNumbers numbers;
  };
  Json json;
  const auto n = static_cast<std::int64_t>(models.size());
  for (const Statistic& statistic : {Statistic{"churn", churn}, Statistic{"right_in_one", right_in_one},
                                     Statistic{"unshared_errors", disagreement}}) {
    const study::PairCounts counts = pair_counts(frames, models.size(), statistic.numbers);
    const std::vector<double> matrix = matrix_of(counts);
    arrays.add(statistic.name, matrix, {n, n});
    for (const Group& group : groups) {
      if (group.members.size() < 2) continue;
      const auto interval = study::group_mean(counts, group.members, options.config.bootstrap, options.config.seed);
      json[statistic.name]["groups"][group.name] = to_json(interval);
      if (!quiet)
        fmt::print("{:<16} {:<16} {:.4f} [{:.4f}, {:.4f}]\n", statistic.name, group.name, interval.value, interval.low,
                   interval.high);
    }
    for (std::size_t a = 0; a < groups.size(); ++a)
      for (std::size_t b = a + 1; b < groups.size(); ++b) {
        if (groups[a].members.size() < 2 || groups[b].members.size() < 2) continue;
        const auto test = study::compare_groups(matrix, models.size(), groups[a].members, groups[b].members,
                                                options.config.permutations, options.config.seed);
        json[statistic.name]["comparisons"].push_back({{"first", groups[a].name},
                                                       {"second", groups[b].name},
                                                       {"difference", test.difference},
                                                       {"p", test.p},
                                                       {"labellings", test.labellings},
                                                       {"exact", test.exact}});
        if (!quiet)
          fmt::print("{:<16} {} - {}: {:+.4f}, p = {:.3f} of {} labellings\n", statistic.name, groups[a].name,
                     groups[b].name, test.difference, test.p, test.labellings);
      }
  }
  std::vector<double> sums(4 * study::pair_count(models.size()), 0.0);
  for (const auto& frame : frames)
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += frame.disagreement[i];
  arrays.add("disagreement", study::disagreement_matrix(sums, models.size()), {n, n});
  return json;
}

/// Tracks and segments that every model has alike; per range of frames.
Json shares(const study::FrameSet& set, const std::vector<study::FrameStability>& frames,
            const std::vector<study::Model>& models) {
  Json all = Json::array();
  for (std::size_t r = 0; r < set.ranges.size(); ++r) {
    double tracks = 0.0, same = 0.0, primaries = 0.0;
    std::vector<double> right(models.size(), 0.0);
    for (std::size_t f = 0; f < frames.size(); ++f) {
      if (set.frames[f].range != r) continue;
      tracks += static_cast<double>(frames[f].tracks[0]);
      same += static_cast<double>(frames[f].in_all);
      primaries += static_cast<double>(frames[f].primaries);
      for (std::size_t m = 0; m < models.size(); ++m) right[m] += static_cast<double>(frames[f].right[m]);
    }
    Json one{{"frames", study::to_text(set.ranges[r])},
             {"tracks_of_first_model", tracks},
             {"same_in_all", tracks > 0.0 ? same / tracks : 0.0}};
    for (std::size_t m = 0; m < models.size(); ++m)
      one["found"].push_back(primaries > 0.0 ? right[m] / primaries : 0.0);
    all.push_back(one);
  }
  return all;
}

void run_stability(const Options& options, const std::vector<NamedList>& lists, Run& run) {
  const auto models = run.models(lists[0].values);
  if (models.size() < 2) throw core::InputError({"", "models", "1"}, "is only one; stability is between models");
  const study::FrameSet set = run.frames(lists[1].values, options.source);
  core::WorkQueue queue = run.queue("frames");
  const auto results = queue.run("frames", static_cast<std::int64_t>(set.size()), [&](std::int64_t index, int) {
    return core::to_bytes(study::to_numbers(
        study::frame_stability(models, 0, set.frames[static_cast<std::size_t>(index)], set.detector)));
  });
  if (!results) return run.tell_incomplete(queue);
  if (!run.reports()) return;
  std::vector<study::FrameStability> frames;
  for (const std::string& bytes : *results)
    frames.push_back(study::stability_from(core::from_bytes(bytes), models.size()));

  const bool quiet = run.options().quiet;
  Json report = begin_report(run, models, set);
  event::NpzWriter arrays(run.path("arrays.npz"));
  report["same"] = shares(set, frames, models);
  if (!quiet)
    for (const Json& one : report["same"])
      fmt::print("{}: {:.1f} % of the tracks of {} are in all models, hit for hit\n", one["frames"].get<std::string>(),
                 100.0 * one["same_in_all"].get<double>(), models.front().name);
  report["pairs"] = pair_statistics(options, models, frames, arrays, quiet);
  std::vector<const study::Flip*> segments, tracks;
  for (const auto& frame : frames) {
    for (const study::Flip& flip : frame.segments) segments.push_back(&flip);
    for (const study::Flip& flip : frame.tracks_of_reference) tracks.push_back(&flip);
  }
  report["reference"] = models.front().name;
  report["segments"] = flips_json(segments, "segments", quiet);
  report["tracks"] = flips_json(tracks, "tracks", quiet);
  report["downstream"] = downstream(options, models, set, frames, arrays, quiet);
  finish_report(run, report, arrays);
}

}  // namespace

void add_stability_command(CLI::App& app, std::function<void()>& run) {
  add_command<study::StabilityConfig>(
      app, run, "stability", "which tracks change with the seed, which number tells, and what it does to an image",
      {{"models", "Models (safetensors) of one architecture; the first is looked at against others of its group."},
       {"frames", "Frames that all of them reconstruct.", true}},
      "Example:\n"
      "  difftrack study stability --models models/study/ptt_*.safetensors --frames data/water100_test.npz:0:50\n"
      "      data/water150_test.npz:0:50 -o runs/stability",
      run_stability);
}

}  // namespace difftrack::study_app
