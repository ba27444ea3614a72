// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/detector/steps/steps_layout.hpp"
#include "difftrack/event/steps.hpp"
#include "difftrack/event/table.hpp"

namespace difftrack::detector {

/// Something about a file that no detector would record, with its likely cause.
struct Suspicion {
  std::string field;    ///< column
  std::string problem;  ///< one sentence: what it should be, the likely cause, and the options that read it right
  std::string flags;    ///< these options as typed, "--length-unit cm"; empty where the cause is not known
  LengthUnit length_unit = LengthUnit::Unsaid;  ///< and as values, of those that are among them
  EnergyUnit energy_unit = EnergyUnit::Unsaid;  ///< the same
  BeamAxis beam_axis = BeamAxis::Unsaid;        ///< the same
};

/// Compares (a sample of) the first rows of a file with the detector, before anything is made of them:
///
/// positions  With layers of their own columns: the slope b of the coordinate along the beam against the planes of the
///            rows' layers (least squares) must lie in [0.9, 1.1], for a geometry that was described a little
///            differently. 0.1, 0.001 and 1000 are cm, m and um; a negative slope is a beam along -z; no slope in z but
///            one in x or y is another axis. With layers from positions, nine of ten rows must lie at planes, of two
///            layers or more.
/// energies   The median deposit above zero must lie between 0.004 and 30 keV per um of the sensitive layer: protons of
///            350 to 3 MeV leave 0.6 to 20 keV/um in silicon (NIST PSTAR), their fine steps down to a hundredth.
///
/// Fewer than 100 rows, or rows in one layer only, tell nothing about positions. Also decides for the layer from
/// positions where the columns of the described form contradict positions that fit planes: copy numbers of GATE 10 may
/// be of no use. Leaves out a column of runs that changes from row to row within events. `layout` notes both.
std::vector<Suspicion> find_suspicions(const event::Table& first, const Detector& detector, StepsLayout& layout);

/// Two primaries in most events: event numbers of several runs that were merged into one. Of the first events (up to
/// 200) that hit two layers or more, each with rows of one particle (parent 0 where known, else track 1, else all)
/// farther than a millimetre apart in half of its layers is counted; more than a tenth of at least 20 is suspicious. A
/// proton crosses a sensitive layer within a fraction of that.
std::vector<Suspicion> find_merged_runs(const event::Steps& whole_events, const StepsLayout& layout);

/// Throws InputError for the first of the suspicions; none is no error. The sentence ends in the way to read it anyway.
void refuse(const std::vector<Suspicion>& suspicions, const std::string& file);

}  // namespace difftrack::detector
