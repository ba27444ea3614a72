// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"
#include "difftrack/tune/importance.hpp"
#include "difftrack/tune/proposer.hpp"
#include "python/bindings/arrays.hpp"
#include "python/bindings/bindings.hpp"
#include "python/bindings/options.hpp"

namespace difftrack::python {

namespace {

tune::ProposerConfig config_of(nb::dict given, std::size_t per_round) {
  tune::ProposerConfig config;
  Options options(std::move(given));
  options.take(config);
  options.finish();
  for (const auto& [name, without] : tune::unused_options(config, per_round))
    if (options.has(name)) throw core::InputError({"", name, ""}, std::string("is of no use without ") + without);
  return config;
}

/// Settings as rows of one number per parameter; of a choice the number of the option.
std::vector<tune::Setting> settings_of(const tune::Space& space, const ArrayIn<double>& numbers) {
  const std::size_t width = space.parameters().size();
  std::vector<tune::Setting> settings;
  for (std::size_t i = 0; i + width <= numbers.size(); i += width)
    settings.emplace_back(numbers.data() + i, numbers.data() + i + width);
  return settings;
}

/// NaN: the trial failed.
void tell(tune::Proposer& self, const ArrayIn<double>& settings, const ArrayIn<double>& values, int threads) {
  const std::vector<tune::Setting> rows = settings_of(self.space(), settings);
  if (rows.size() != values.size())
    throw core::InputError({"", "values", std::to_string(values.size())},
                           "are not as many as settings: " + std::to_string(rows.size()));
  std::vector<tune::Trial> trials;
  for (std::size_t i = 0; i < rows.size(); ++i)
    trials.push_back(
        {rows[i], std::isfinite(values.data()[i]) ? std::optional(values.data()[i]) : std::optional<double>()});
  const nb::gil_scoped_release unlocked;
  self.tell(trials, threads > 0 ? threads : core::default_threads());
}

ArrayOut<double> propose(tune::Proposer& self, std::size_t count, int threads) {
  std::vector<double> rows;
  std::size_t n = 0;
  {
    const nb::gil_scoped_release unlocked;
    for (const tune::Setting& each : self.propose(count, threads > 0 ? threads : core::default_threads())) {
      rows.insert(rows.end(), each.begin(), each.end());
      ++n;
    }
  }
  return array_of(std::move(rows), {n, self.space().parameters().size()});
}

/// (mean, standard deviation) of what the process expects at settings, in the unit of the values.
nb::tuple predict(const tune::Proposer& self, const ArrayIn<double>& settings) {
  std::vector<double> means, deviations;
  if (self.process().size() == 0) throw core::InputError({"", "settings", ""}, "nothing has been told yet");
  for (const tune::Setting& each : settings_of(self.space(), settings)) {
    const tune::Prediction at = self.process().predict(self.space().encode(each));
    means.push_back(self.offset() + self.scale() * at.mean);
    deviations.push_back(self.scale() * std::sqrt(at.variance));
  }
  return nb::make_tuple(array_of(std::move(means)), array_of(std::move(deviations)));
}

}  // namespace

void bind_tune(nb::module_& module) {
  nb::class_<tune::Space>(module, "Space")
      .def("__init__",
           [](tune::Space* self, const std::vector<std::string>& names, const std::vector<double>& low,
              const std::vector<double>& high, const std::vector<bool>& logarithmic, const std::vector<bool>& integer,
              const std::vector<std::vector<std::string>>& options) {
             std::vector<tune::Parameter> parameters;
             for (std::size_t i = 0; i < names.size(); ++i) {
               const auto kind = !options[i].empty() ? tune::ParameterKind::Choice
                                 : integer[i]        ? tune::ParameterKind::Integer
                                                     : tune::ParameterKind::Real;
               parameters.push_back({names[i], kind, low[i], high[i], logarithmic[i], options[i]});
             }
             new (self) tune::Space(std::move(parameters));
           })
      .def("text", &tune::Space::text, nb::arg("parameter"), nb::arg("value"));
  nb::class_<tune::Proposer>(module, "Proposer")
      .def(
          "__init__",
          [](tune::Proposer* self, const tune::Space& space, nb::dict options, std::size_t per_round) {
            new (self) tune::Proposer(space, config_of(std::move(options), per_round));
          },
          nb::arg("space"), nb::arg("options"), nb::arg("per_round"))
      .def("tell", &tell, nb::arg("settings"), nb::arg("values"), nb::arg("threads"))
      .def("propose", &propose, nb::arg("count"), nb::arg("threads"))
      .def("predict", &predict, nb::arg("settings"))
      .def("importance", [](const tune::Proposer& self) { return array_of(tune::importance(self)); })
      .def_prop_ro("fits", [](const tune::Proposer& self) { return self.process().fits(); });
  module.def(
      "first_trials", [](nb::dict options) { return config_of(std::move(options), 2).first; }, nb::arg("options"));
  module.def("proposer_options", [] {
    nb::list options;
    describe<tune::ProposerConfig>(options);
    return options;
  });
}

}  // namespace difftrack::python
