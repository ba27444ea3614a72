// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "difftrack/aerosol/state.hpp"
#include "difftrack/core/choices.hpp"

namespace difftrack::aerosol {

/// Kinds of air that boxes are drawn from. All: each as often as its Climate says.
enum class Regime : std::uint8_t {
  Marine,
  Forest,
  Polluted,
  Burning,
  Dust,
  FreeTroposphere,
  UpperTroposphere,
  Polar,
  All
};
inline constexpr std::size_t kRegimes = 8;  ///< without All

/// Their names.
constexpr core::Choices<Regime, kRegimes + 1> choices(Regime) {
  return {{{Regime::Marine, "marine"},
           {Regime::Forest, "forest"},
           {Regime::Polluted, "polluted"},
           {Regime::Burning, "burning"},
           {Regime::Dust, "dust"},
           {Regime::FreeTroposphere, "free-troposphere"},
           {Regime::UpperTroposphere, "upper-troposphere"},
           {Regime::Polar, "polar"},
           {Regime::All, "all"}}};
}

/// What boxes of a regime have in common. None of it is measured: it spans what a model of the atmosphere meets, so
/// that an emulator has seen it.
struct Climate {
  double share;                          ///< of all boxes
  double lowest, highest;                ///< [km], uniform between
  double surface, surface_spread;        ///< temperature at the ground, normal [K]
  double humidity_up, humidity_down;     ///< of the Beta distribution of relative humidity
  double production;                     ///< of sulphuric acid gas at noon, median [molecules/(cm³ s)]
  double soot, organic_per_soot, dust;   ///< [µg/m³], what sources tend to; medians
  double least_forest, most_forest;      ///< fraction, uniform between
  bool land;                             ///< radon ionises the air near the ground
  double source_radius;                  ///< of soot and organic particles, count median [cm]
  std::array<double, kModes> number;     ///< of the air around, medians [1/cm³]
  std::array<double, 4> volume_of_mode;  ///< shares of sulphate, soot, organics, dust in its accumulation mode
};

/// By Regime.
inline constexpr std::array<Climate, kRegimes> kClimates{{
    {.15,
     0,
     2,
     291,
     7,
     7,
     2.2,
     5e3,
     .02,
     4,
     .3,
     0,
     0,
     false,
     25e-7,
     {150, 200, 100, .3, 3, .02, .01},
     {.74, .02, .2, .04}},
    {.15,
     0,
     2.5,
     288,
     9,
     5,
     2.5,
     2.5e4,
     .15,
     9,
     .8,
     .6,
     1,
     true,
     25e-7,
     {500, 1200, 400, .2, 30, .05, .02},
     {.3, .03, .64, .03}},
    {.15,
     0,
     2,
     289,
     9,
     5,
     2.5,
     3e5,
     2,
     2.5,
     2,
     0,
     .5,
     true,
     25e-7,
     {2000, 6000, 1500, .5, 400, .1, .03},
     {.55, .1, .3, .05}},
    {.10,
     0,
     4,
     299,
     4,
     4,
     3,
     1e5,
     1.5,
     7,
     2,
     .2,
     .9,
     true,
     50e-7,
     {300, 2500, 2000, .6, 500, .1, .05},
     {.15, .1, .7, .05}},
    {.10, 0, 5, 301, 6, 2, 4, 4e4, .15, 4, 80, 0, 0, true, 25e-7, {300, 800, 300, 2, 40, 5, 1.5}, {.35, .03, .12, .5}},
    {.15,
     2,
     8,
     288,
     9,
     2,
     3,
     4e3,
     .02,
     4,
     .8,
     0,
     0,
     false,
     25e-7,
     {300, 250, 80, .05, 3, .03, .01},
     {.65, .03, .25, .07}},
    {.12,
     7,
     16,
     290,
     9,
     2,
     2.5,
     2e3,
     .004,
     4,
     .1,
     0,
     0,
     false,
     25e-7,
     {1500, 500, 60, .01, 1, .005, .001},
     {.8, .01, .16, .03}},
    {.08,
     0,
     3,
     258,
     9,
     6,
     2.5,
     3e3,
     .02,
     4,
     .3,
     0,
     0,
     false,
     25e-7,
     {100, 120, 50, .1, 3, .02, .01},
     {.75, .03, .18, .04}},
}};

}  // namespace difftrack::aerosol
