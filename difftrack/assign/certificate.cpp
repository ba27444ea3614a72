// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/certificate.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace difftrack::assign {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

class Check {
 public:
  Check(const Problem& problem, const Solution& solution, double tolerance)
      : problem_(problem), solution_(solution), tolerance_(tolerance) {
    for (const double cost : problem.cost) scale_ = std::max(scale_, std::abs(cost));
  }

  void cover_scale(const std::vector<double>& costs) {
    for (const double cost : costs) scale_ = std::max(scale_, std::abs(cost));
  }

  void require(bool condition, const std::string& fault) {
    if (!condition && report_.fault.empty()) report_.fault = fault;
  }

  /// `excess` must not be above zero.
  void at_most_zero(double excess, double allowance, const std::string& what, std::size_t index) {
    report_.worst = std::max(report_.worst, excess);
    if (!(excess <= allowance) && report_.fault.empty()) report_.fault = what + " " + std::to_string(index);
  }

  bool sizes() {
    const auto n_rows = at(problem_.n_rows), n_columns = at(problem_.n_columns);
    require(solution_.chosen.size() == problem_.n_entries() && solution_.row_to_entry.size() == n_rows &&
                solution_.column_to_row.size() == n_columns && solution_.row_dual.size() == n_rows &&
                solution_.column_dual.size() == n_columns,
            "the solution's arrays do not have the problem's sizes");
    return report_.fault.empty();
  }

  /// `chosen`, `row_to_entry` and `column_to_row` describe the same matching.
  void matching() {
    std::vector<std::int32_t> column_to_row(at(problem_.n_columns), -1);
    std::int32_t cardinality = 0;
    for (std::int32_t row = 0; row < problem_.n_rows; ++row) {
      std::int32_t entry = -1, count = 0;
      for (auto e = problem_.row_begin[at(row)]; e < problem_.row_begin[at(row) + 1]; ++e)
        if (solution_.chosen[at(e)]) {
          entry = e;
          ++count;
          auto& mate = column_to_row[at(problem_.column[at(e)])];
          require(mate < 0, "two rows share column " + std::to_string(problem_.column[at(e)]));
          mate = row;
        }
      require(count <= 1, "more than one entry chosen in row " + std::to_string(row));
      require(entry == solution_.row_to_entry[at(row)],
              "row_to_entry disagrees with chosen in row " + std::to_string(row));
      cardinality += count;
    }
    require(column_to_row == solution_.column_to_row, "column_to_row disagrees with chosen");
    require(cardinality == solution_.cardinality, "cardinality disagrees with chosen");
  }

  using Leaving = std::function<double(std::size_t)>;
  /// Dual feasibility and complementary slackness over entries accepted by `usable`, and equal objectives.
  void duality(const Leaving& leaving_row, const Leaving& leaving_column,
               const std::function<bool(std::size_t row, std::size_t column)>& usable) {
    const double allowance = tolerance_ * scale_;
    double primal = 0.0, dual = 0.0;
    for (std::size_t row = 0; row < at(problem_.n_rows); ++row) {
      const double u = solution_.row_dual[row];
      require(std::isfinite(u), "row dual is not finite");
      for (auto e = problem_.row_begin[row]; e < problem_.row_begin[row + 1]; ++e) {
        const auto column = at(problem_.column[at(e)]);
        if (!usable(row, column)) continue;
        const double slack = problem_.cost[at(e)] - u - solution_.column_dual[column];
        at_most_zero(-slack, allowance, "dual constraint violated at entry", at(e));
        if (!solution_.chosen[at(e)]) continue;
        at_most_zero(slack, allowance, "a chosen entry is not tight:", at(e));
        primal += problem_.cost[at(e)];
      }
      node(u, leaving_row(row), solution_.row_to_entry[row] >= 0, "row", row, primal);
      dual += u;
    }
    for (std::size_t column = 0; column < at(problem_.n_columns); ++column) {
      const double v = solution_.column_dual[column];
      node(v, leaving_column(column), solution_.column_to_row[column] >= 0, "column", column, primal);
      dual += v;
    }
    const double summed = allowance * std::max(1.0, static_cast<double>(problem_.n_rows + problem_.n_columns));
    at_most_zero(std::abs(primal - solution_.cost), summed, "the cost is not that of the chosen entries", 0);
    at_most_zero(std::abs(primal - dual), summed, "primal and dual objective differ", 0);
  }

  CertificateReport report() {
    report_.valid = report_.fault.empty();
    return report_;
  }

 private:
  void node(double dual, double leaving, bool matched, const std::string& kind, std::size_t index, double& primal) {
    const double allowance = tolerance_ * scale_;
    require(std::isfinite(dual), kind + " dual is not finite");
    if (leaving == kInfinity) return require(matched, kind + " " + std::to_string(index) + " must be matched");
    at_most_zero(dual - leaving, allowance, "dual above the leaving cost of " + kind, index);
    if (matched) return;
    at_most_zero(leaving - dual, allowance, "dual below the leaving cost of unassigned " + kind, index);
    primal += leaving;
  }

  const Problem& problem_;
  const Solution& solution_;
  double tolerance_;
  double scale_ = 0.0;
  CertificateReport report_;
};

}  // namespace

CertificateReport check_certificate(const Problem& problem, const Solution& solution, double tolerance) {
  Check check(problem, solution, tolerance);
  check.require(
      solution.row_level.size() == at(problem.n_rows) && solution.column_level.size() == at(problem.n_columns),
      "the solution has no cardinality levels");
  if (!check.sizes()) return check.report();
  check.matching();
  const auto level = [&](std::size_t row, std::size_t column) {
    return solution.row_level[row] + solution.column_level[column];
  };
  std::int32_t cover = 0;
  for (const auto k : solution.row_level) {
    check.require(k == 0 || k == 1, "a row level is neither 0 nor 1");
    cover += k == 0;
  }
  for (const auto k : solution.column_level) {
    check.require(k == 0 || k == -1, "a column level is neither 0 nor -1");
    cover += k == -1;
  }
  check.require(cover == solution.cardinality, "the cover is not as large as the matching");
  for (std::size_t row = 0; row < at(problem.n_rows); ++row)
    for (auto e = problem.row_begin[row]; e < problem.row_begin[row + 1]; ++e) {
      const int sum = level(row, at(problem.column[at(e)]));
      check.require(sum <= 0, "entry " + std::to_string(e) + " is not covered");
      check.require(sum == 0 || !solution.chosen[at(e)], "chosen entry " + std::to_string(e) + " is covered twice");
    }
  check.duality([&](std::size_t r) { return solution.row_level[r] == 0 ? kInfinity : 0.0; },
                [&](std::size_t c) { return solution.column_level[c] < 0 ? kInfinity : 0.0; },
                [&](std::size_t r, std::size_t c) { return level(r, c) == 0; });
  return check.report();
}

CertificateReport check_certificate(const Problem& problem, const LeavingCosts& leaving, const Solution& solution,
                                    double tolerance) {
  Check check(problem, solution, tolerance);
  check.cover_scale(leaving.row);
  check.cover_scale(leaving.column);
  if (!check.sizes()) return check.report();
  check.matching();
  check.duality([&](std::size_t r) { return leaving.row[r]; }, [&](std::size_t c) { return leaving.column[c]; },
                [](std::size_t, std::size_t) { return true; });
  return check.report();
}

}  // namespace difftrack::assign
