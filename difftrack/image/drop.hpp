// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/image/hull.hpp"
#include "difftrack/image/path_finder.hpp"
#include "difftrack/image/volume.hpp"

namespace difftrack::image {

/// Diagonally relaxed orthogonal projections, block by block (Censor, Elfving, Herman and Nikazad, SIAM J. Sci. Comput.
/// 30 (2008) 473), with total-variation superiorisation (Penfold, Schulte, Censor and Rosenfeld, Med. Phys. 37 (2010)
/// 5887).
///
/// Each proton i says that the sum of a_ij x_j over the voxels of its path is its WEPL w_i, with a_ij the length of
/// path in voxel j. A view is a block; its protons move the image together:
///
///   x_j += relaxation / max(1, n_j)  sum_i a_ij (w_i - <a_i, x>) / |a_i|²      n_j protons of the view in voxel j
///
/// After each sweep over all views, steps against the gradient of total variation, shorter from sweep to sweep and each
/// taken only where it lowers the variation, steer towards a smooth image that agrees as well with the protons.
///
/// A path is sampled once a pixel of depth, between its entrance and exit; outside of them nothing is known and nothing
/// is changed. Sums run over portions of protons of fixed size in order: the same bytes for any number of threads.
class Drop {
 public:
  /// Its options.
  struct Config {
    std::int32_t sweeps = 10;
    double relaxation = 0.1;
    std::int32_t tv_steps = 5;
    double tv_length = 0.02;
    double tv_shrink = 0.9;

    static constexpr auto fields() {
      using core::field;
      return std::tuple{
          field("sweeps", &Config::sweeps, "", {1, 10000}, "Sweeps over all views."),
          field("relaxation", &Config::relaxation, "", {1e-4, 2.0}, "Share of a correction that is made."),
          field("tv_steps", &Config::tv_steps, "", {0, 1000},
                "Steps against total variation after each sweep; 0: plain DROP."),
          field("tv_length", &Config::tv_length, "", {0.0, 10.0},
                "Root mean square change of the image by the first step against total variation."),
          field("tv_shrink", &Config::tv_shrink, "", {0.01, 1.0}, "Factor on the length of the next step.")};
    }
  };

  /// Begins with an image. Throws InputError for options out of range.
  Drop(const Config& config, Volume start);

  /// Moves the image by the protons of one view; spans have one entry per proton, `keep` may be empty. Returns the mean
  /// squared difference [mm²] of their WEPL to the image's before the move; 0 without a proton.
  double add(std::span<const Path> paths, std::span<const float> wepl, std::span<const std::uint8_t> keep,
             double rotation, int threads);

  /// The steps against total variation that follow a sweep.
  void superiorise();

  const Volume& image() const { return image_; }  ///< relative stopping power
  const Config& config() const { return config_; }

 private:
  Config config_;
  Volume image_;
  double tv_length_;
};

/// Total variation of each slice, summed: |gradient| of forward differences in x and z [per pixel].
double total_variation(const Volume& image);

}  // namespace difftrack::image
