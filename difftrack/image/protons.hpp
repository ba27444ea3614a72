// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <vector>

#include "difftrack/event/columns.hpp"

namespace difftrack::image {

/// Protons behind a phantom, one row per track, all taken at one rotation (a view): where each left its spot, where and
/// how it came into the detector, and how far it went there.
struct Protons {
  static constexpr std::string_view kTable = "protons";

  std::vector<float> x, y;              ///< [mm] on the first plane
  std::vector<float> slope_x, slope_y;  ///< from the first plane to the second: dx/dz, dy/dz
  std::vector<float> spot_x, spot_y;    ///< [mm] centre of the beam spot at the isocentre
  std::vector<float> range;             ///< [mm of water] behind the detector's front
  std::vector<float> range_sd;          ///< [mm of water] what the hits leave open of it
  std::vector<float> wepl;              ///< [mm] water-equivalent path length before the detector
  std::vector<float> wepl_sd;           ///< [mm] range straggling included
  std::vector<std::uint8_t> tail;       ///< 1: it did not stop by its energy loss; its range tells nothing
  std::vector<std::uint8_t> right;      ///< truth: 1 when all hits of the track are of one primary

  static constexpr auto columns() {
    using event::column_of;
    using enum event::Presence;
    using P = Protons;
    return std::tuple{column_of("x", &P::x, "mm", "position on the first plane"),
                      column_of("y", &P::y, "mm", "position on the first plane"),
                      column_of("slope_x", &P::slope_x, "", "dx/dz from the first plane to the second"),
                      column_of("slope_y", &P::slope_y, "", "dy/dz from the first plane to the second"),
                      column_of("spot_x", &P::spot_x, "mm", "centre of the beam spot at the isocentre"),
                      column_of("spot_y", &P::spot_y, "mm", "centre of the beam spot at the isocentre"),
                      column_of("range", &P::range, "mm", "water-equivalent range behind the detector's front"),
                      column_of("range_sd", &P::range_sd, "mm", "what the hits leave open of the range"),
                      column_of("wepl", &P::wepl, "mm", "water-equivalent path length before the detector"),
                      column_of("wepl_sd", &P::wepl_sd, "mm", "standard deviation of it, range straggling included"),
                      column_of("tail", &P::tail, "", "1: did not stop by its energy loss, or before the calorimeter"),
                      column_of("right", &P::right, "", "1 when all hits of the track are of one primary", Truth)};
  }
  std::size_t size() const { return x.size(); }
};

}  // namespace difftrack::image
