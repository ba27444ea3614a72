// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"

namespace difftrack::image {

/// What is left of a sample when what lies farther than three standard deviations from the mean is taken away, again
/// and again until nothing more goes.
struct Core {
  double mean = 0.0, sd = 0.0;
  std::int64_t inside = 0;  ///< values in it
};

/// The core of `values`; starts from the median and the middle four fifths, so that a far tail
/// does no harm and the steps between planes are not taken for the whole. Zeros for none.
Core core_of(std::vector<double> values);

/// Ranges that RangeFinder found behind one thickness of water.
struct CalibrationStep {
  double wepl = 0.0;           ///< [mm of water] before the detector
  std::vector<double> ranges;  ///< [mm of water] one per proton, tails left out
};

/// Water-equivalent path length of a proton from its range in one detector: W falls as the range R grows, nearly as
/// W = R_beam - R, but the water that a detector's layers stand for is known to a part in a hundred only, and what the
/// finder makes of a track's last gap is not quite in its middle. So W(R) is measured with slabs of water of known
/// thickness, once for a detector and a beam's energy, and interpolated by a monotone cubic (Fritsch and Carlson, SIAM
/// J. Numer. Anal. 17 (1980) 238). Beyond the measured ranges it goes on with slope -1.
class RangeCalibration {
 public:
  /// One row of the measured table.
  struct Knot {
    double range;  ///< [mm of water] mean of what the finder finds
    double wepl;   ///< [mm of water]
    double sd;     ///< [mm] of one proton's WEPL, range straggling included
  };

  /// How the steps become a table.
  struct Config {
    double smoothing = 8.0;  ///< [mm]
    double knots = 5.0;      ///< [mm]

    static constexpr auto fields() {
      using core::field;
      return std::tuple{field("smoothing", &Config::smoothing, "mm", {0.1, 100.0},
                              "Width of the Gaussian over which neighbouring thicknesses are smoothed."),
                        field("knots", &Config::knots, "mm", {0.5, 100.0}, "Distance of the table's rows in WEPL.")};
    }
  };

  /// Throws InputError for fewer than two knots, or ranges that do not rise while WEPLs fall.
  RangeCalibration(std::string detector, double energy, double deposit_scale, double detector_wet,
                   std::vector<Knot> knots);

  /// Measured: local straight lines through the core means of the steps. Throws InputError for fewer than four steps,
  /// a step with fewer than 20 protons, and steps whose ranges do not fall as the water grows.
  static RangeCalibration fit(const detector::Detector& detector, double energy, double deposit_scale,
                              const std::vector<CalibrationStep>& steps, const Config& config);

  double wepl(double range) const;     ///< [mm of water] of a proton with that range
  double wepl_sd(double range) const;  ///< [mm] its standard deviation

  const std::string& detector() const { return detector_; }  ///< name of the description
  double energy() const { return energy_; }                  ///< [MeV] of the beam
  double deposit_scale() const { return deposit_scale_; }    ///< of RangeFinder
  const std::vector<Knot>& knots() const { return knots_; }  ///< range ascending

  /// Throws InputError (file) when this calibration was made for another detector: another name, or the same name and
  /// other matter in it (its depth in water differs by more than 0.1 %).
  void check_detector(const detector::Detector& other, const std::string& file) const;

  /// As TOML; `how` is kept in it as a comment. parse() of it gives the same bits.
  std::string text(const std::string& how) const;
  /// Reads TOML; `file` names it in errors. Throws InputError with file, key and value.
  static RangeCalibration parse(const std::string& text, const std::string& file);

 private:
  std::string detector_;
  double energy_, deposit_scale_, detector_wet_;
  std::vector<Knot> knots_;     // range ascending
  std::vector<double> slopes_;  // dW/dR at the knots
};

/// Reads a calibration: a path, or the name of a detector whose calibration is shipped, found as its description is.
RangeCalibration read_range_calibration(const std::string& name_or_path);

}  // namespace difftrack::image
