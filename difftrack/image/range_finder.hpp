// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/layer_matter.hpp"

namespace difftrack::image {

/// How far one proton went in the detector.
struct Range {
  double mean = 0.0;  ///< [mm of water] behind the detector's front: mean of the posterior
  double sd = 0.0;    ///< [mm] its standard deviation
  bool tail = false;  ///< the proton did not stop by its energy loss: its deposits do not rise towards the end
};

/// Residual range of a track from where it ends and from its energy deposits.
///
/// A proton with range R deposits in plane k, at water-equivalent depth z_k, about d(R - z_k) = c t S_Si(E(R - z_k)),
/// with E from the range table of water and S_Si, t stopping power and thickness of the sensitive slab. The logarithm
/// of the measured deposit scatters about log d with a width that hardly depends on R, so
///
///   chi2(R) = sum over the last hits of min(((log e_k - log d(R - z_k)) / sigma)^2, clip),
///
/// the clip for deposits of secondaries and the tail of Landau's distribution. R lies between the plane of the last hit
/// and the next one with flat prior; mean and standard deviation are those of exp(-chi2/2) over that gap.
///
/// A proton that ends in a nuclear reaction has no Bragg peak at its end: its deposits are better described by a range
/// beyond the next plane, and it is marked as tail when they are so by more than `tail_margin` in chi2.
///
/// Bragg–Kleeman's law in place of the tables, and no tail flag: docs/image.md has what it costs. Const and safe from
/// several threads.
class RangeFinder {
 public:
  /// Its options.
  struct Config {
    std::int32_t range_hits = 10;  ///< last hits whose deposits count
    double deposit_width = 0.20;   ///< sigma
    double deposit_clip = 9.0;     ///< chi2 of one hit at most
    double tail_margin = 5.0;      ///< chi2

    static constexpr auto fields() {
      using core::field;
      return std::tuple{
          field("range_hits", &Config::range_hits, "", {1, 100}, "Last hits of a track whose deposits tell its range."),
          field("deposit_width", &Config::deposit_width, "", {0.01, 10.0},
                "Standard deviation of the logarithm of an energy deposit."),
          field("deposit_clip", &Config::deposit_clip, "", {1.0, 1e6}, "Squared pull that one deposit has at most."),
          field("tail_margin", &Config::tail_margin, "", {0.0, 1e6},
                "Gain in chi2 by a range beyond the track's end that marks a proton lost on its way.")};
    }
  };

  /// `deposit_scale`: c above, measured deposit over that of the mean energy loss. Throws InputError for options out of
  /// range, and for a detector without a sensitive slab.
  RangeFinder(const detector::Detector& detector, const Config& config, double deposit_scale = 1.0);

  /// `layers` of the hits ascending, `deposits` [MeV] one each. Deposits of 0 and below are left out; no hit at all
  /// gives range 0 and a tail.
  Range operator()(std::span<const std::int32_t> layers, std::span<const double> deposits) const;

  /// Logarithm of the deposit [MeV] expected where `residual` [mm of water] of the range are left, scale included.
  double log_deposit(double residual) const;

  const detector::LayerMatter& matter() const { return matter_; }
  double depth(std::int32_t layer) const { return depth_[static_cast<std::size_t>(layer)]; }  ///< [mm of water]
  const Config& config() const { return config_; }

 private:
  static constexpr double kGridStep = 0.125;   // [mm] between ranges that are tried
  static constexpr double kTableStep = 0.1;    // [mm] of the table of deposits
  static constexpr std::size_t kTable = 5000;  // its entries
  static constexpr std::int32_t kMostHits = 100;

  Config config_;
  detector::LayerMatter matter_;
  std::vector<double> depth_;  // [mm of water] of each plane
  double behind_;              // [mm of water] that the last layer is taken to reach behind its plane
  std::vector<float> log_deposit_;
};

/// The same as plainly as it can be said, without tables: what RangeFinder is tested against.
Range find_range_reference(const detector::Detector& detector, const RangeFinder::Config& config, double deposit_scale,
                           std::span<const std::int32_t> layers, std::span<const double> deposits);

}  // namespace difftrack::image
