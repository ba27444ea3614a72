// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "apps/cli/options.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/steps/step_reader.hpp"

namespace difftrack::cli {

/// How the input is read: the reader's options, and what may be said of a file in place of the description's [mapping].
struct ReadingOptions {
  detector::InputConfig input;
  std::optional<detector::LayerForm> layer_from;  ///< none: as described
  detector::LayerMapping mapping;                 ///< units and axis that were given; empty: as described
};

inline void add_reading_options(CLI::App& app, ReadingOptions& options) {
  const std::string group = "Input, where the file is not as the description's [mapping] says";
  add_field_options(app, options.input, group);
  app.add_option_function<std::string>(
         "--layer-from",
         [&options](const std::string& text) {
           options.layer_from = core::parse_choice<detector::LayerForm>(text, "", "--layer-from");
         },
         "Origin of the layer, instead of the description's.")
      ->type_name(type_text<detector::LayerForm>())
      ->group(group);
  add_field_options(app, options.mapping, group, {"form", "column", "pitch", "origin"});
}

/// Lays what was given over the description. Throws InputError for a form without the option that it needs.
inline void apply_reading_options(const ReadingOptions& options, detector::Detector& detector) {
  const auto lay_over = [](auto& value, auto given) {
    if (!core::name_of(given).empty()) value = given;
  };
  if (options.layer_from) detector.mapping.form = *options.layer_from;
  lay_over(detector.mapping.length_unit, options.mapping.length_unit);
  lay_over(detector.mapping.energy_unit, options.mapping.energy_unit);
  lay_over(detector.mapping.time_unit, options.mapping.time_unit);
  lay_over(detector.mapping.beam_axis, options.mapping.beam_axis);
  detector::check_mapping(detector.mapping, "", "");
}

}  // namespace difftrack::cli
