// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/io/column_view.hpp"
#include "difftrack/event/io/npz_writer.hpp"
#include "difftrack/event/steps.hpp"

namespace difftrack::simulate {

/// Steps as rows of a table like GATE's: the columns of event::Steps under GATE's
/// names (detector::known_quantities): eventID trackID parentID PDGEncoding posX posY posZ [mm] edep [MeV] level1ID
/// level2ID creatorProcess (simulate/process.hpp); for a spot scan spotX spotY [mm]; and rotation [rad] where it is
/// given.
///
/// level1ID and level2ID give the layer by `z = level2ID < 0 ? level1ID : 2 + level2ID`: of a detector with two
/// tracking layers, these are (layer, -1) and the calorimeter (0, layer - 2); of any other, all layers are (layer, -1).
/// A detector whose files name the layer in a column of their own (mapping form "column") gets that column too.
class StepColumns {
 public:
  /// `scan`: with the columns of the beam spot; `rotation` [rad] of the phantom, in a column of its own.
  StepColumns(const detector::Detector& detector, bool scan, std::optional<float> rotation);

  /// The columns in their order; they are views of `steps` and of this, until the next call.
  std::vector<event::ColumnView> operator()(const event::Steps& steps);

 private:
  void split_layers(const event::Steps& steps);

  bool scan_;
  std::optional<float> rotation_of_all_;
  bool two_trackers_;
  std::string layer_column_;
  std::vector<std::int32_t> event_, level1_, level2_;
  std::vector<float> rotation_;
};

/// Writes steps as one structured array `arr_0` in a .npz, with the columns of StepColumns. The file appears whole with
/// commit(), or not at all.
class StepsWriter {
 public:
  /// What the file holds beside the steps themselves.
  struct Config {
    bool scan = false;                   ///< the columns of the beam spot
    std::optional<float> rotation = {};  ///< [rad] of the phantom, in a column of its own
    int threads = 0;                     ///< that compress; 0: all cores
  };
  /// Throws InputError when the file cannot be written.
  StepsWriter(const std::string& path, const detector::Detector& detector, const Config& config);

  /// Appends rows.
  void append(const event::Steps& steps);
  /// `command`: how the file was made, kept in it as text under the key "command"; under "physics" stands
  /// kPhysicsVersion, under "difftrack" the version of the library.
  void commit(const std::string& command);
  std::int64_t rows() const { return rows_; }

 private:
  event::NpzWriter out_;
  StepColumns columns_;
  std::int64_t rows_ = 0;
};

}  // namespace difftrack::simulate
