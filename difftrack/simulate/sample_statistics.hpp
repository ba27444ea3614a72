// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/event/steps.hpp"

namespace difftrack::simulate {

/// What the primaries and their company do at one sensitive plane. Widths are 68 % half widths, over both axes.
struct PlaneStatistics {
  std::int64_t primaries = 0;                             ///< that deposit energy here
  std::int64_t secondary_protons = 0;                     ///< hits of protons that are not primaries
  std::int64_t electrons = 0;                             ///< hits of electrons
  double edep_p05 = 0.0, edep_p50 = 0.0, edep_p95 = 0.0;  ///< quantiles of the primaries' deposit [keV]
  double width = 0.0;                                     ///< of the beam along x [mm]
  double kink_68 = 0.0, kink_95 = 0.0, kink_99 = 0.0;     ///< quantiles of the absolute projected kink here [mrad]
  double kink_correlation = 0.0;                          ///< with the next plane's, kinks under 50 mrad
};

/// A sample of events, judged against the truth.
struct SampleStatistics {
  std::int64_t events = 0;
  std::int64_t hits = 0;        ///< merged by (event, track, layer)
  double electron_share = 0.0;  ///< of all hits
  double secondary_proton_same_layer =
      0.0;             ///< share of their hits that lie in a layer where their primary has one, too
  double slope = 0.0;  ///< 68 % half width between planes 0 and 1 [mrad]
  std::vector<PlaneStatistics> planes;
};

/// Needs event, track, parent, pdg and layer columns; events in [0, events). Planes beyond `max_planes` are left out.
SampleStatistics sample_statistics(const event::Steps& steps, std::int64_t events, std::int32_t max_planes = 40);

/// What one particle leaves in one layer: its steps there as one.
struct MergedHit {
  std::int64_t event;
  std::int32_t track, layer, parent, pdg;
  double x, y, z;  ///< mean of the steps [mm]
  double edep;     ///< sum [MeV]
};
/// Hits by rising event, track and layer.
std::vector<MergedHit> merge_by_track(const event::Steps& steps);

/// Correlation of the pairs whose values both are finite and smaller than `limit` (of the values' unit) in size; 0
/// without spread.
double correlation(std::span<const double> a, std::span<const double> b, double limit);

/// Linear-interpolated quantile of unsorted values (which it reorders); 0 when there are none.
double quantile(std::span<double> values, double probability);

}  // namespace difftrack::simulate
