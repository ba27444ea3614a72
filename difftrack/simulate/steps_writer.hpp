// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/io/npz_writer.hpp"
#include "difftrack/event/steps.hpp"

namespace difftrack::simulate {

/// Writes steps as GATE does: one structured array `arr_0` in a .npz with the columns eventID trackID parentID
/// PDGEncoding posX posY posZ [mm] edep [MeV] level1ID level2ID creatorProcess (simulate/process.hpp) and, for a spot
/// scan, spotX spotY [mm].
///
/// level1ID and level2ID give the layer by `z = level2ID < 0 ? level1ID : 2 + level2ID`: of a detector with two
/// tracking layers, these are (layer, -1) and the calorimeter (0, layer - 2); of any other, all layers are (layer, -1).
/// A detector whose files name the layer in a column of their own (mapping form "column") gets that column too. The
/// file appears whole with commit(), or not at all.
class StepsWriter {
 public:
  /// `scan`: with the columns of the beam spot. `threads` compress; 0: all cores. Throws InputError when the file
  /// cannot be written.
  StepsWriter(const std::string& path, const detector::Detector& detector, bool scan, int threads);

  /// Appends rows.
  void append(const event::Steps& steps);
  /// `command`: how the file was made, kept in it as text under the key "command"; under "physics" stands
  /// kPhysicsVersion.
  void commit(const std::string& command);
  std::int64_t rows() const { return rows_; }

 private:
  event::NpzWriter out_;
  bool two_trackers_, scan_;
  std::string layer_column_;
  std::int64_t rows_ = 0;
  std::vector<std::int32_t> event_, level1_, level2_;
};

}  // namespace difftrack::simulate
