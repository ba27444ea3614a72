// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/event/columns.hpp"
#include "difftrack/image/make_image.hpp"

namespace difftrack::image {

/// Protons of one view as other programs' reconstructions want them: two states, on a plane before the phantom and one
/// behind it, and the water-equivalent path length between. The first is the posterior's, carried straight to its
/// plane.
struct ProtonPairs {
  static constexpr std::string_view kTable = "pairs";

  double rotation = 0.0;                                      ///< [rad] of the phantom
  double z_in = 0.0, z_out = 0.0;                             ///< [mm] of the two planes
  std::vector<float> x_in, y_in, slope_x_in, slope_y_in;      ///< [mm] and per mm of z
  std::vector<float> x_out, y_out, slope_x_out, slope_y_out;  ///< the same behind the phantom
  std::vector<float> wepl;                                    ///< [mm of water]

  static constexpr auto columns() {
    using event::column_of;
    using P = ProtonPairs;
    return std::tuple{column_of("x_in", &P::x_in, "mm", "position before the phantom"),
                      column_of("y_in", &P::y_in, "mm", "position before the phantom"),
                      column_of("slope_x_in", &P::slope_x_in, "", "dx/dz before the phantom"),
                      column_of("slope_y_in", &P::slope_y_in, "", "dy/dz before the phantom"),
                      column_of("x_out", &P::x_out, "mm", "position behind the phantom"),
                      column_of("y_out", &P::y_out, "mm", "position behind the phantom"),
                      column_of("slope_x_out", &P::slope_x_out, "", "dx/dz behind the phantom"),
                      column_of("slope_y_out", &P::slope_y_out, "", "dy/dz behind the phantom"),
                      column_of("wepl", &P::wepl, "mm", "water-equivalent path length between")};
  }
  std::size_t size() const { return wepl.size(); }
};

/// The protons of a view that count. `z_in` [mm] lies before the phantom; `z_out` is the first plane of the detector.
ProtonPairs proton_pairs(const View& view, const PreparedView& prepared, double z_in, double z_out);

/// The floats of PCT's list mode, row-major with the coordinate fastest, then five rows, then the proton: position in,
/// position out, direction in, direction out (unit vectors), (0, WEPL, number). An energy of 0 before the phantom tells
/// PCT that the other one is a WEPL in mm. Coordinates are (u, v, w) = (-x, y, z): with GantryAngle = -rotation, PCT's
/// image then is the phantom turned by half a turn about y, and not its mirror image.
std::vector<float> pct_list_mode(const ProtonPairs& pairs);

/// Writes pairsNNNN.mhd and .raw in `folder`, both whole or not at all. Throws InputError when they cannot be written.
void write_pct_list_mode(const std::string& folder, std::int64_t view, const ProtonPairs& pairs);

/// Bytes of a PCTD file, version 0 (Loma Linda and Baylor): its head, then thirteen arrays of floats, t, v and u on two
/// planes before and two behind the phantom, 50 mm apart, and WEPL; t = x, v = y, u = z. `energy` [MeV] of the beam.
std::string pctd_bytes(const ProtonPairs& pairs, double energy);

}  // namespace difftrack::image
