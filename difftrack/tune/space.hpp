// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/tune/local_search.hpp"

namespace difftrack::tune {

/// What values a parameter may have.
enum class ParameterKind { Real, Integer, Choice };
/// Names of the kinds.
constexpr core::Choices<ParameterKind, 3> choices(ParameterKind) {
  return {{{ParameterKind::Real, "real"}, {ParameterKind::Integer, "integer"}, {ParameterKind::Choice, "choice"}}};
}

/// One thing that may be set.
struct Parameter {
  std::string name;
  ParameterKind kind = ParameterKind::Real;
  double low = 0.0;                       ///< smallest value, in the parameter's own unit
  double high = 1.0;                      ///< largest value, > low
  bool logarithmic = false;               ///< whether ratios rather than differences count; low > 0 then
  std::vector<std::string> options = {};  ///< of a choice, two or more
};

/// One value per parameter; of a choice the number of the option.
using Setting = std::vector<double>;

/// The settings that are looked through, and the coordinates in which a Gaussian process sees them: a number becomes
/// one coordinate in [0, 1], a choice one per option, sqrt(1/2) for the option chosen and 0 for the others, so that any
/// two options are at distance 1.
class Space {
 public:
  /// Throws core::InputError (`file`, parameter, value) for no parameter at all, two of one name, a range that is
  /// empty, not finite or not positive where it is logarithmic, integers with a fraction, and a choice with fewer than
  /// two different options.
  explicit Space(std::vector<Parameter> parameters, const std::string& file = "");

  const std::vector<Parameter>& parameters() const { return parameters_; }  ///< in the order given
  std::size_t dimensions() const { return dimensions_; }                    ///< coordinates of a place

  /// The setting that belongs to a point of the unit cube with one coordinate per parameter; integers and options have
  /// equal shares.
  Setting at(std::span<const double> unit) const;
  /// Coordinates of a setting.
  std::vector<double> encode(const Setting& setting) const;
  /// The setting nearest to coordinates: integers rounded, the option with the largest coordinate.
  Setting decode(std::span<const double> coordinates) const;
  /// The box in which numbers are free and choices as in `setting`.
  Bounds around(const Setting& setting) const;

  /// A value as it stands on a command line: shortest decimal that reads back, or the option.
  std::string text(std::size_t parameter, double value) const;
  /// One line per parameter, for settings that a folder of results keeps.
  std::string describe() const;

 private:
  std::vector<Parameter> parameters_;
  std::size_t dimensions_ = 0;
};

}  // namespace difftrack::tune
