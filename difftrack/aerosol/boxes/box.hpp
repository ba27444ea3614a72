// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "difftrack/aerosol/boxes/climate.hpp"
#include "difftrack/aerosol/state.hpp"
#include "difftrack/core/random.hpp"

namespace difftrack::aerosol {

/// The air of a box at one time, with what M7 itself does not ask for.
struct Weather {
  Air air;
  double ionisation = 0.0;   ///< pairs of ions [1/(cm³ s)]; without effect in M7 as it is here
  bool in_boundary = false;  ///< below the top of the boundary layer
  double forest = 0.0;  ///< forest fraction of the ground below; air.forest is it within the boundary layer, else 0
};

/// A box of air on its way: weather with the time of day, sources, exchange with the air around, settling and rain.
/// What happens among its particles is not its own: M7, or an emulator of it, is called between two steps.
///
/// Everything is a pure function of seed, number of the box and step, so that boxes can be made in any order and one
/// box can be sent through two models.
class Box {
 public:
  /// Draws a box: its regime where `regime` is All, height, air, sources and the air around.
  Box(std::uint64_t seed, std::uint64_t number, Regime regime);

  Regime regime() const { return regime_; }
  /// What it begins with.
  const CellState& start() const { return start_; }

  /// The weather of step `step`, and in `state` what sources and losses make of it in 900 s. Steps have to be asked for
  /// from 0 on, one after the other.
  Weather advance(std::int64_t step, CellState& state);

 private:
  void draw_air(const Climate& climate);
  void draw_sources(const Climate& climate);
  void draw_around(const Climate& climate);
  CellState draw_state(const Climate& climate);
  void exchange(CellState& state);
  void emit(double production, double cloud_cover, CellState& state) const;

  core::RandomStream random_;
  Regime regime_;
  double height_ = 0.0;  // [km]
  double temperature_ = 0.0, pressure_ = 0.0, ionisation_ = 0.0, forest_ = 0.0;
  bool in_boundary_ = false, cloudy_ = false;
  double noon_ = 0.0;  // [s] of the day at step 0, before it is noon
  double noon_production_ = 0.0, cloud_water_ = 0.0;
  double humidity_logit_ = 0.0, humidity_away_ = 0.0, cloud_mean_ = 0.0, cloud_away_ = 0.0;
  std::array<bool, kModes> empty_{};
  CellState start_{}, around_{}, source_{};  // source_ per step
  std::array<double, kModes> kept_{};        // share that a step of settling leaves
  double mixed_ = 0.0;                       // share of the air that a step exchanges
};

}  // namespace difftrack::aerosol
