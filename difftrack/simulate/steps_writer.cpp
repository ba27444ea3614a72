// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/steps_writer.hpp"

#include <span>
#include <string>

#include "difftrack/core/version.hpp"
#include "difftrack/detector/steps/steps_layout.hpp"
#include "difftrack/simulate/physics_version.hpp"

namespace difftrack::simulate {

using event::Steps;

StepColumns::StepColumns(const detector::Detector& detector, bool scan, std::optional<float> rotation)
    : scan_(scan),
      rotation_of_all_(rotation),
      two_trackers_(detector.n_tracker_layers == 2),
      layer_column_(detector.mapping.form == detector::LayerForm::Column ? detector.mapping.column : "") {}

void StepColumns::split_layers(const Steps& steps) {
  level1_.resize(steps.size());
  level2_.resize(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool calorimeter = two_trackers_ && steps.layer[i] >= 2;
    level1_[i] = calorimeter ? 0 : steps.layer[i];
    level2_[i] = calorimeter ? steps.layer[i] - 2 : -1;
  }
}

std::vector<event::ColumnView> StepColumns::operator()(const Steps& steps) {
  split_layers(steps);
  event_.assign(steps.event.begin(), steps.event.end());  // a simulation has fewer than 2^31 primaries
  rotation_.assign(steps.size(), rotation_of_all_.value_or(0.0F));
  std::vector<event::ColumnView> columns;
  const auto add = [&](std::string_view name, const auto& values) {
    columns.push_back({std::string(name), std::span(values)});
  };
  event::for_each_column<Steps>([&](const auto& each) {
    constexpr std::string_view kPosition = "xyz";
    if (each.name == "run" || each.name == "time" || each.name == "second_event") return;  // a simulation has none
    if ((each.name == "spot_x" || each.name == "spot_y") && !scan_) return;
    if (each.name == "layer") {
      add("level1ID", level1_);
      add("level2ID", level2_);
    } else if (each.name == "event") {
      add(detector::known_names(each.name).front().name, event_);
    } else if (each.name == "rotation") {
      if (rotation_of_all_) add(detector::known_names(each.name).front().name, rotation_);
    } else if (kPosition.find(each.name) != std::string_view::npos) {
      add(detector::known_positions().front()[kPosition.find(each.name)], steps.*(each.member));
    } else {
      add(detector::known_names(each.name).front().name, steps.*(each.member));
    }
    if (each.name == "process" && !layer_column_.empty()) add(layer_column_, steps.layer);
  });
  return columns;
}

StepsWriter::StepsWriter(const std::string& path, const detector::Detector& detector, const Config& config)
    : out_(path, {.threads = config.threads}), columns_(detector, config.scan, config.rotation) {
  append({});  // a run without a hit still makes a file with its columns
}

void StepsWriter::append(const Steps& steps) {
  out_.append("arr_0", columns_(steps));
  rows_ += static_cast<std::int64_t>(steps.size());
}

void StepsWriter::commit(const std::string& command) {
  out_.add_text("command", command);
  out_.add_text("difftrack", core::version());
  out_.add_text("physics", std::to_string(kPhysicsVersion));
  out_.commit();
}

}  // namespace difftrack::simulate
