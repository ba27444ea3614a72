// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/io/column_view.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/simulate/simulation.hpp"
#include "difftrack/simulate/steps_writer.hpp"
#include "python/bindings/arrays.hpp"
#include "python/bindings/bindings.hpp"
#include "python/bindings/options.hpp"

namespace difftrack::python {

namespace {

/// The rows of a file of steps as bytes, and NumPy's description of a row.
nb::tuple simulate_rows(const detector::Detector& detector, nb::dict given, const nb::object& listener) {
  simulate::SimulationConfig config;
  Options options(std::move(given));
  options.take(config, {"detector"});
  options.finish();
  const bool rotated = options.has("rotation");  // also by 0: a view of a scan
  std::vector<std::uint8_t> rows;
  std::string descr;
  {
    const nb::gil_scoped_release unlocked;
    const simulate::Simulation simulation(config, detector);
    std::optional<float> rotation;
    if (rotated) rotation = static_cast<float>(config.rotation);
    simulate::StepColumns columns_of(detector, simulation.beam().is_scan(), rotation);
    descr = event::structured_descr(columns_of({}));
    std::vector<std::byte> bytes;
    simulation.run(
        [&](const event::Steps& steps) {
          event::pack_rows(columns_of(steps), 0, steps.size(), bytes);
          const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
          rows.insert(rows.end(), begin, begin + bytes.size());
        },
        progress_of(listener));
  }
  return nb::make_tuple(array_of(std::move(rows)), descr);
}

/// (name, values, type in the file or "") of every column.
nb::list read_table(const std::string& path, std::vector<std::string> columns) {
  event::Table table;
  {
    const nb::gil_scoped_release unlocked;
    table = event::read_table(path, {std::move(columns)});
  }
  nb::list result;
  for (event::Column& column : table.columns)
    std::visit(
        [&](auto& values) { result.append(nb::make_tuple(column.name, array_of(std::move(values)), column.type)); },
        column.values);
  return result;
}

}  // namespace

void bind_steps(nb::module_& module) {
  module.def("simulate", &simulate_rows, nb::arg("detector"), nb::arg("options"), nb::arg("progress").none());
  module.def("read_table", &read_table, nb::arg("path"), nb::arg("columns"));
  module.def("simulate_options", [] {
    nb::list options;
    describe<simulate::SimulationConfig>(options, {"detector"});
    return options;
  });
}

}  // namespace difftrack::python
