// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/study/report.hpp"
#include "apps/study/request.hpp"
#include "difftrack/study/similarity.hpp"

namespace difftrack::study_app {

namespace {

using Options = TableOptions<study::SimilarityConfig>;

Json to_json(const std::vector<study::GroupValue>& groups) {
  Json all = Json::array();
  for (const study::GroupValue& each : groups)
    all.push_back({{"first", each.first},
                   {"second", each.second},
                   {"pairs", each.pairs},
                   {"mean", each.mean},
                   {"median", each.median},
                   {"minimum", each.minimum},
                   {"maximum", each.maximum}});
  return all;
}

void print_groups(const std::string& what, const std::vector<study::GroupValue>& groups) {
  for (const study::GroupValue& each : groups)
    fmt::print("{:<14} {:<32} {:3} pairs: mean {:.3f} (median {:.3f}) [{:.3f}, {:.3f}]\n", what,
               each.first + " - " + each.second, each.pairs, each.mean, each.median, each.minimum, each.maximum);
}

void run_similarity(const Options& options, const std::vector<NamedList>& lists, Run& run) {
  const auto models = run.models(lists[0].values);
  if (models.size() < 2) throw core::InputError({"", "models", "1"}, "is only one; similarity is between models");
  const study::FrameSet frames = run.frames(lists[1].values, options.source);
  core::WorkQueue queue = run.queue("frames");
  const study::SimilarityConfig& config = options.config;
  const std::size_t numbers = study::pair_count(models.size()) * study::kPairNumbers;
  const auto results = queue.run("frames", static_cast<std::int64_t>(frames.size()), [&](std::int64_t index, int) {
    const study::StudyFrame& frame = frames.frames[static_cast<std::size_t>(index)];
    std::vector<double> row = study::frame_hsic(models, frame, config, 3 * static_cast<std::uint64_t>(index));
    const auto counts = study::disagreement_counts(study::frame_assignments(models, frame, config.costs), frame.labels);
    row.insert(row.end(), counts.begin(), counts.end());
    return core::to_bytes(row);
  });
  if (!results) return run.tell_incomplete(queue);
  if (!run.reports()) return;
  std::vector<double> sums(numbers, 0.0), counts(4 * study::pair_count(models.size()), 0.0);
  for (const std::string& bytes : *results) {
    const std::vector<double> row = core::from_bytes(bytes);
    for (std::size_t i = 0; i < numbers; ++i) sums[i] += row[i];
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += row[numbers + i];
  }
  const study::SimilarityMatrices matrices = study::similarity_matrices(sums, models.size());
  const std::vector<double> disagreement = study::disagreement_matrix(counts, models.size());

  Json report = begin_report(run, models, frames);
  event::NpzWriter arrays(run.path("arrays.npz"));
  const auto n = static_cast<std::int64_t>(models.size());
  for (std::size_t k = 0; k < study::kModules.size(); ++k) {
    const std::string name = study::kModules[k].name;
    const auto layers = static_cast<std::int64_t>(study::kModules[k].layers);
    const auto all = study::group_values(matrices.all[k], models),
               matched = study::group_values(matrices.matched[k], models);
    report["cka"][name] = {{"all_pairs", to_json(all)}, {"matched", to_json(matched)}};
    for (std::size_t m = 0; m < models.size(); ++m)
      report["cka"][name]["ceiling"].push_back(matrices.all[k][m * models.size() + m]);
    arrays.add("cka_all/" + name, matrices.all[k], {n, n});
    arrays.add("cka_matched/" + name, matrices.matched[k], {n, n});
    arrays.add("cka_layers/" + name, matrices.layers[k], {n, n, layers, layers});
    if (!run.options().quiet) {
      print_groups("CKA " + name, all);
      print_groups("  matched", matched);
    }
  }
  const auto groups = study::group_values(disagreement, models);
  report["disagreement"] = to_json(groups);
  if (!run.options().quiet) print_groups("disagreement", groups);
  arrays.add("disagreement", disagreement, {n, n});
  finish_report(run, report, arrays);
}

}  // namespace

void add_similarity_command(CLI::App& app, std::function<void()>& run) {
  add_command<study::SimilarityConfig>(
      app, run, "similarity", "linear CKA of representations and normalised disagreement of assignments",
      {{"models", "Models (safetensors) of one architecture; ptt_1, ptt_2, ... are a group."},
       {"frames", "Frames on which they are compared.", true}},
      "Example:\n"
      "  difftrack study similarity --models models/study/ptt_*.safetensors models/study/pat_*.safetensors\n"
      "      --frames data/water100_test.npz:0:10 -o runs/similarity",
      run_similarity);
}

}  // namespace difftrack::study_app
