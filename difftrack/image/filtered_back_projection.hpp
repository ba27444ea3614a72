// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/image/bin_protons.hpp"
#include "difftrack/image/volume.hpp"

namespace difftrack::image {

/// What the ramp filter is multiplied with.
enum class Window {
  Ramp,  ///< nothing: sharpest
  Hann,  ///< (1 + cos) / 2, zero at the largest frequency: less noise
};
/// Their names.
constexpr core::Choices<Window, 2> choices(Window) {
  return {{{Window::Ramp, "ramp", "the plain filter, sharpest"}, {Window::Hann, "hann", "less noise, less sharp"}}};
}

/// Angle [rad] that each view stands for, in the integral over all directions: half the way to its neighbours on both
/// sides. `rotations` [rad] in any order, a full turn or half of one; the weights sum to pi.
///
/// Views of a half turn see each line once; of a full turn twice, and count half.
std::vector<double> view_weights(std::span<const double> rotations);

/// Largest hole between neighbouring views over the median distance of neighbours: 1 where all are there, 2 where one
/// is missing. `rotations` as above.
double largest_hole(std::span<const double> rotations);

/// Filtered back projection of distance-driven projections: a voxel takes from each view what the filtered projection
/// says on the voxel's own depth plane (Rit et al. 2013), by
///
///   f(x) = sum over views of weight (D / (D + z))² (h * [D / sqrt(D² + u²) p])(u, v, z),  u = x D / (D + z)
///
/// in the frame of the beam (Feldkamp et al., JOSA A 1 (1984) 612, with a distance D of 6.6 m nearly parallel), linear
/// interpolation in u and z, nearest row in v. h is the ramp, band-limited to the pixel a: h(0) = 1/(4a²), h(n) =
/// -1/(pi n a)² for odd n, 0 for even n (Ramachandran and Lakshminarayanan 1971), as a plain convolution: for 180
/// pixels that is faster than the back projection, and no library is needed.
///
/// Views are added one by one, so that memory is that of the image and one projection; voxels are sums in the order of
/// views, the same for any number of threads.
class FilteredBackProjection {
 public:
  /// Its options beside those of the image.
  struct Config {
    GridConfig grid;
    Window window = Window::Ramp;
    double steering_distance = 6600.0;  ///< [mm] D

    static constexpr auto fields() {
      using core::field;
      return std::tuple{core::part(&Config::grid), field("window", &Config::window, "", "Window on the ramp filter.")};
    }
  };

  /// Throws InputError for options out of range.
  explicit FilteredBackProjection(const Config& config);

  /// Adds a view; `weight` [rad] is that of view_weights. The projection is of the same grid, its empty cells filled.
  void add(Projection projection, double weight, int threads);

  /// The way back through add(): dL/d(mean WEPL) of every cell of a view's projection, in its order, from `by_image` =
  /// dL/dRSP of every voxel. `view` tells rotation and cells; the transposed steps in reverse order: what each voxel
  /// took is handed back to the cells it came from, then the filter, which is symmetric, then the factor of the fan.
  std::vector<float> gradient(const Volume& by_image, const Projection& view, double weight, int threads) const;

  const Volume& image() const { return image_; }  ///< relative stopping power

 private:
  struct Taken;  // what a voxel takes from a view
  std::optional<Taken> taken(const Projection& view, std::int64_t i, std::int64_t k, double weight) const;
  void convolve_rows(std::span<float> values, const Projection& view, bool fan_first, int threads) const;

  Config config_;
  Volume image_;
  std::vector<float> kernel_;  // h at distances 0, 1, … pixels, times the pixel
};

}  // namespace difftrack::image
