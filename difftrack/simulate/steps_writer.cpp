// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/steps_writer.hpp"

#include <span>
#include <string>

#include "difftrack/simulate/physics_version.hpp"

namespace difftrack::simulate {

StepsWriter::StepsWriter(const std::string& path, const detector::Detector& detector, bool scan, int threads)
    : out_(path, {.threads = threads}),
      two_trackers_(detector.n_tracker_layers == 2),
      scan_(scan),
      layer_column_(detector.mapping.form == "column" ? detector.mapping.column : "") {
  append({});  // a run without a hit still makes a file with its columns
}

void StepsWriter::append(const event::Steps& steps) {
  const std::size_t n = steps.size();
  level1_.resize(n);
  level2_.resize(n);
  event_.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    const bool calorimeter = two_trackers_ && steps.layer[i] >= 2;
    level1_[i] = calorimeter ? 0 : steps.layer[i];
    event_[i] = static_cast<std::int32_t>(steps.event[i]);  // a simulation has fewer than 2^31 primaries
    level2_[i] = calorimeter ? steps.layer[i] - 2 : -1;
  }
  const auto view = [](const char* name, const auto& column) { return event::ColumnView{name, std::span(column)}; };
  std::vector<event::ColumnView> columns{view("eventID", event_),
                                         view("trackID", steps.track),
                                         view("parentID", steps.parent),
                                         view("PDGEncoding", steps.pdg),
                                         view("posX", steps.x),
                                         view("posY", steps.y),
                                         view("posZ", steps.z),
                                         view("edep", steps.edep),
                                         view("level1ID", level1_),
                                         view("level2ID", level2_),
                                         view("creatorProcess", steps.process)};
  if (!layer_column_.empty()) columns.push_back({layer_column_, std::span(steps.layer)});
  if (scan_) {
    columns.push_back(view("spotX", steps.spot_x));
    columns.push_back(view("spotY", steps.spot_y));
  }
  out_.append("arr_0", columns);
  rows_ += static_cast<std::int64_t>(n);
}

void StepsWriter::commit(const std::string& command) {
  out_.add_text("command", command);
  out_.add_text("physics", std::to_string(kPhysicsVersion));
  out_.commit();
}

}  // namespace difftrack::simulate
