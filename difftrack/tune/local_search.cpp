// SPDX-License-Identifier: Apache-2.0
#include "difftrack/tune/local_search.hpp"

#include <nlopt.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <memory>

namespace difftrack::tune {

namespace {

/// What the C interface carries through to the function.
struct Search {
  const SmoothFunction& function;
  nlopt_opt optimiser;
  LocalMaximum best;
  std::exception_ptr thrown = {};
  std::vector<double> unused = {};
};

double evaluate(unsigned n, const double* x, double* gradient, void* data) {
  Search& search = *static_cast<Search*>(data);
  try {
    search.unused.resize(n);
    double* slope = gradient == nullptr ? search.unused.data() : gradient;
    const double value = search.function({x, n}, {slope, n});
    const bool finite =
        std::isfinite(value) && std::all_of(slope, slope + n, [](double s) { return std::isfinite(s); });
    if (!finite) nlopt_force_stop(search.optimiser);
    if (finite && value > search.best.value) search.best = {{x, x + n}, value};
    return finite ? value : -std::numeric_limits<double>::max();
  } catch (...) {
    search.thrown = std::current_exception();
    nlopt_force_stop(search.optimiser);
    return 0.0;
  }
}

}  // namespace

LocalMaximum climb(const SmoothFunction& function, std::vector<double> start, const Bounds& bounds, int evaluations) {
  constexpr double kTolerance = 1e-9;
  for (std::size_t k = 0; k < start.size(); ++k) start[k] = std::clamp(start[k], bounds.low[k], bounds.high[k]);
  const std::unique_ptr<nlopt_opt_s, decltype(&nlopt_destroy)> optimiser(
      nlopt_create(NLOPT_LD_LBFGS, static_cast<unsigned>(start.size())), &nlopt_destroy);
  Search search{function, optimiser.get(), {start, -std::numeric_limits<double>::infinity()}};
  nlopt_set_max_objective(optimiser.get(), evaluate, &search);
  nlopt_set_lower_bounds(optimiser.get(), bounds.low.data());
  nlopt_set_upper_bounds(optimiser.get(), bounds.high.data());
  nlopt_set_ftol_rel(optimiser.get(), kTolerance);
  nlopt_set_xtol_rel(optimiser.get(), kTolerance);
  nlopt_set_maxeval(optimiser.get(), evaluations);
  double value = 0.0;
  nlopt_optimize(optimiser.get(), start.data(), &value);  // its verdict does not matter: the best place is kept
  if (search.thrown) std::rethrow_exception(search.thrown);
  return search.best;
}

}  // namespace difftrack::tune
