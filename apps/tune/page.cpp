// SPDX-License-Identifier: Apache-2.0
#include "apps/tune/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "difftrack/tune/importance.hpp"

namespace difftrack::tune_app {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Figures are shown as the report has them; the proposer's values have the sign of the goal.
struct Sign {
  double sign;
  double operator()(double value) const { return sign * value; }
};

plot::Figure convergence(const TuneFile& file, const tune::Proposer& proposer, Sign sign) {
  plot::Series each{"a trial", {}, {}, plot::Mark::Points}, best{"best so far", {}, {}};
  double so_far = kNone;
  for (std::size_t i = 0; i < proposer.trials().size(); ++i) {
    const auto& value = proposer.trials()[i].value;
    if (value && !(so_far >= *value)) so_far = *value;
    each.x.push_back(static_cast<double>(i + 1));
    each.y.push_back(value ? sign(*value) : kNone);
    best.x.push_back(static_cast<double>(i + 1));
    best.y.push_back(sign(so_far));
  }
  return {.title = "Convergence", .x = {"trial"}, .y = {file.objective.figure}, .series = {each, best}};
}

/// Mean of the process with two standard deviations along parameter i, all others as in `best`.
plot::Figure slice(const TuneFile& file, const tune::Proposer& proposer, std::size_t i, const tune::Setting& best,
                   Sign sign) {
  constexpr int kPoints = 41;
  const tune::Space& space = proposer.space();
  const tune::Parameter& parameter = space.parameters()[i];
  const bool choice = parameter.kind == tune::ParameterKind::Choice;
  plot::Series mean{"mean and two standard deviations", {}, {}, choice ? plot::Mark::Points : plot::Mark::Line};
  std::vector<double> middle(space.parameters().size(), 0.5);
  const int points = choice ? static_cast<int>(parameter.options.size()) : kPoints;
  for (int k = 0; k < points; ++k) {
    middle[i] = (k + 0.5) / points;
    tune::Setting at = best;
    at[i] = space.at(middle)[i];
    if (!mean.x.empty() && mean.x.back() == at[i]) continue;
    const tune::Prediction p = proposer.process().predict(space.encode(at));
    const double value = proposer.offset() + proposer.scale() * p.mean;
    const double width = 2.0 * proposer.scale() * std::sqrt(p.variance);
    mean.x.push_back(at[i]);
    mean.y.push_back(sign(value));
    mean.low.push_back(sign(value) - width);
    mean.high.push_back(sign(value) + width);
  }
  plot::Series seen{"trials", {}, {}, plot::Mark::Points};
  for (const tune::Trial& trial : proposer.trials())
    if (trial.value) {
      seen.x.push_back(trial.setting[i]);
      seen.y.push_back(sign(*trial.value));
    }
  plot::Figure figure{.title = parameter.name,
                      .x = {.label = parameter.name, .logarithmic = parameter.logarithmic},
                      .y = {file.objective.figure},
                      .series = {mean, seen}};
  if (choice) figure.x.names = parameter.options;
  return figure;
}

}  // namespace

plot::Page tune_page(const TuneFile& file, const tune::Proposer& proposer, const std::vector<Outcome>& outcomes) {
  const Sign sign{file.objective.goal == Goal::Maximise ? 1.0 : -1.0};
  const tune::Space& space = proposer.space();
  const std::size_t best = *proposer.best();
  const tune::Setting& setting = proposer.trials()[best].setting;
  const std::vector<double> shares = tune::importance(proposer);
  plot::Table table{.columns = {"parameter", "best", "importance"}, .rows = {}};
  plot::Section slices{.title = "Slices",
                       .text =
                           "What the process expects along each parameter, all others as in the best setting. Trials "
                           "lie off the line where their other parameters differ."};
  for (std::size_t i = 0; i < setting.size(); ++i) {
    table.rows.push_back({space.parameters()[i].name, space.text(i, setting[i]), fmt::format("{:.3f}", shares[i])});
    slices.figures.push_back(slice(file, proposer, i, setting, sign));
  }
  plot::Table failed{.columns = {"trial", "why it failed"}, .rows = {}};
  std::size_t stopped = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    stopped += outcomes[i].stopped ? 1U : 0U;
    if (!outcomes[i].failure.empty()) failed.rows.push_back({std::to_string(i + 1), outcomes[i].failure});
  }
  plot::Page page{
      .title = "Tuning of " + file.objective.figure,
      .text = fmt::format("{} trials, {} of them failed and {} stopped early. The best, number {}, has {} = {:.6g}.",
                          outcomes.size(), failed.rows.size(), stopped, best + 1, file.objective.figure,
                          sign(*proposer.trials()[best].value))};
  if (proposer.restarts() > 0)
    page.text += fmt::format(" The search began anew {} time{}, where it expected to gain nothing more.",
                             proposer.restarts(), proposer.restarts() == 1 ? "" : "s");
  page.sections.push_back(
      {.title = "Best setting",
       .text = "Importance is the share of the variance of what the process expects that is left when all "
               "other parameters are known.",
       .tables = {table}});
  page.sections.push_back({.title = "Convergence", .figures = {convergence(file, proposer, sign)}});
  page.sections.push_back(std::move(slices));
  if (!failed.rows.empty()) page.sections.push_back({.title = "Failed trials", .tables = {failed}});
  return page;
}

}  // namespace difftrack::tune_app
