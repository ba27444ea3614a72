// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/assign/certificate.hpp"
#include "difftrack/assign/estimators.hpp"
#include "difftrack/core/error.hpp"
#include "python/bindings/arrays.hpp"
#include "python/bindings/bindings.hpp"
#include "python/bindings/options.hpp"

namespace difftrack::python {

namespace {

using assign::Assignment;

/// One assignment of costs of any scale.
Assignment assign_costs(const ArrayIn<std::int32_t>& deep, const ArrayIn<std::int32_t>& shallow,
                        const ArrayIn<std::int32_t>& pair_begin, std::int32_t n_hits, const ArrayIn<double>& costs,
                        nb::dict given) {
  assign::AssignConfig config;
  Options options(std::move(given));
  options.take(config, {"min_score"});
  options.finish();
  if (options.has("unassigned_cost") && !config.free())
    throw core::InputError({"", "unassigned_cost", ""},
                           "is of no use to mode forced, which leaves nothing out for its cost");
  const nb::gil_scoped_release unlocked;
  return assign::assign_costs({span_of(deep), span_of(shallow), span_of(pair_begin), n_hits}, span_of(costs), config);
}

/// (valid, worst, fault): whether all pairs are proven optimal.
nb::tuple certificate(const Assignment& assignment, double tolerance) {
  assign::CertificateReport all{true, 0.0, ""};
  for (const assign::PairAssignment& pair : assignment.pairs) {
    const auto report = assignment.free
                            ? assign::check_certificate(pair.problem, pair.leaving, pair.solution, tolerance)
                            : assign::check_certificate(pair.problem, pair.solution, tolerance);
    all.worst = std::max(all.worst, report.worst);
    if (!report.valid && all.valid) all = {false, all.worst, report.fault};
  }
  return nb::make_tuple(all.valid, all.worst, all.fault);
}

/// Duals of the hits [0, n): of the pair in which they are the deeper (row) or shallower end; NaN where there is none.
ArrayOut<double> duals(const Assignment& assignment, std::size_t n, bool rows) {
  std::vector<double> values(n, std::numeric_limits<double>::quiet_NaN());
  for (const assign::PairAssignment& pair : assignment.pairs) {
    const auto& dual = rows ? pair.solution.row_dual : pair.solution.column_dual;
    const auto first = static_cast<std::size_t>(rows ? pair.first_row : pair.first_column);
    for (std::size_t i = 0; i < dual.size() && first + i < n; ++i) values[first + i] = dual[i];
  }
  return array_of(std::move(values));
}

assign::EstimatorConfig estimator_of(nb::dict given) {
  assign::EstimatorConfig config;
  Options options(std::move(given));
  options.take(config);
  options.finish();
  config.blackbox.threads = config.noise.threads;
  return config;
}

ArrayOut<float> gradient(const Assignment& forward, const ArrayIn<float>& scores, const ArrayIn<float>& of_assigned,
                         nb::dict given, std::uint64_t stream) {
  const assign::EstimatorConfig config = estimator_of(std::move(given));
  std::vector<float> result;
  {
    const nb::gil_scoped_release unlocked;
    result = assign::assignment_gradient(forward, span_of(scores), span_of(of_assigned), config, stream);
  }
  return array_of(std::move(result));
}

nb::tuple loss(const Assignment& forward, const ArrayIn<float>& scores, const ArrayIn<std::uint8_t>& labels,
               nb::dict given, std::uint64_t stream) {
  const assign::EstimatorConfig config = estimator_of(std::move(given));
  assign::LossAndGradient result;
  {
    const nb::gil_scoped_release unlocked;
    result = assign::assignment_loss(forward, span_of(scores), span_of(labels), config, stream);
  }
  return nb::make_tuple(result.value, array_of(std::move(result.gradient)));
}

}  // namespace

void bind_assign(nb::module_& module) {
  nb::class_<Assignment>(module, "Assignment")
      .def_prop_ro("assigned",
                   [](nb::handle self) { return view_of(nb::cast<const Assignment&>(self).assigned, self); })
      .def_ro("cost", &Assignment::cost)
      .def_ro("cardinality", &Assignment::cardinality)
      .def_ro("free", &Assignment::free)
      .def("certificate", &certificate, nb::arg("tolerance"))
      .def("duals", &duals, nb::arg("n"), nb::arg("rows"));
  module.def("assign_costs", &assign_costs, nb::arg("deep"), nb::arg("shallow"), nb::arg("pair_begin"),
             nb::arg("n_hits"), nb::arg("costs"), nb::arg("options"));
  module.def("assignment_gradient", &gradient, nb::arg("forward"), nb::arg("scores"), nb::arg("gradient"),
             nb::arg("options"), nb::arg("stream"));
  module.def("assignment_loss", &loss, nb::arg("forward"), nb::arg("scores"), nb::arg("labels"), nb::arg("options"),
             nb::arg("stream"));
  module.def(
      "estimator_is_loss", [](nb::dict options) { return estimator_of(std::move(options)).is_loss(); },
      nb::arg("options"));
  module.def("estimator_options", [] {
    nb::list options;
    describe<assign::EstimatorConfig>(options, {"estimator"});
    return options;
  });
}

}  // namespace difftrack::python
