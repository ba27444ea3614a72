// SPDX-License-Identifier: Apache-2.0
#include "difftrack/aerosol/boxes/sample_boxes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <string>

#include "difftrack/aerosol/constants.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"
#include "difftrack/core/random.hpp"

namespace difftrack::aerosol {

namespace {

constexpr std::size_t kTogether = 64;  // boxes that take a step together: a block of M7
constexpr std::int64_t kOfTask = 512;  // boxes of one piece of work

/// A box on its way, and when its next row is due.
struct Traveller {
  Box box;
  core::RandomStream schedule;  // when rows are due, and how they are disturbed; apart from the box's own numbers
  std::int64_t number = 0;
  CellState state = box.start();
  std::int64_t step = 0, due = 0;
  std::int32_t taken = 0;
};

/// A state near that of a row, in place.
void disturb(core::RandomStream& random, float* x) {
  for (std::size_t c = kFirstState; c < kInputs; ++c) x[c] = static_cast<float>(x[c] * std::exp(0.4 * random.normal()));
  x[GasWithProduction] =
      std::max(x[GasWithProduction], static_cast<float>(constants::kTimeStep * double{x[Production]}));
  x[Humidity] = static_cast<float>(std::min(0.9999, x[Humidity] * std::exp(0.1 * random.normal())));
  x[Temperature] = static_cast<float>(x[Temperature] + 4.0 * random.uniform() - 2.0);
}

/// The boxes of one thread, a block at a time; who is done makes room for the next.
class Piece {
 public:
  Piece(const SampleBoxes::Config& config, std::int64_t origin, std::int64_t first, std::int64_t last, Rows& rows)
      : config_(config), origin_(origin), next_(first), last_(last), rows_(rows), step_({.threads = 1}) {}

  void run() {
    while (true) {
      while (next_ < last_ && on_board_.size() < kTogether) board();
      if (on_board_.empty()) break;
      advance();
      std::erase_if(on_board_, [&](const Traveller& each) { return each.taken == config_.samples; });
    }
    finish_disturbed();
  }

 private:
  static std::int32_t draw(core::RandomStream& random, std::int32_t least, std::int32_t most) {
    return least + static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(most - least) + 1));
  }

  void board() {
    const auto seed = static_cast<std::uint64_t>(config_.seed), number = static_cast<std::uint64_t>(next_);
    Traveller& each = on_board_.emplace_back(
        Traveller{Box(seed, number, config_.regime), core::RandomStream(~seed, number), next_++});
    each.due = draw(each.schedule, config_.least_spin_up, config_.most_spin_up);
  }

  std::size_t row_of(const Traveller& each) const {
    return static_cast<std::size_t>((each.number - origin_) * config_.samples + each.taken);
  }

  // The row that is due, before the step; true where M7 of the box itself fills it.
  bool begin_row(Traveller& each, Weather& weather) {
    const std::size_t row = row_of(each);
    float* x = &rows_.x[row * kInputs];
    write_inputs(weather, each.state, x);
    read_inputs(x, weather.air, each.state);  // the box goes on from the row's 32-bit numbers
    rows_.regime[row] = static_cast<std::uint8_t>(each.box.regime());
    rows_.box[row] = static_cast<std::int32_t>(each.number);
    const bool disturbed = each.schedule.uniform() < config_.disturbed;
    rows_.kind[row] = disturbed ? 1 : 0;
    if (disturbed) {
      disturb(each.schedule, x);
      disturbed_.push_back(row);
    }
    return !disturbed;
  }

  void advance() {
    const std::size_t n = on_board_.size();
    cells_.resize(n);
    std::array<bool, kTogether> fills{};
    for (std::size_t i = 0; i < n; ++i) {
      Traveller& each = on_board_[i];
      Weather weather = each.box.advance(each.step, each.state);
      if (each.step == each.due) fills[i] = begin_row(each, weather);
      cells_.set(i, weather.air, each.state);
    }
    step_(cells_, result_);
    for (std::size_t i = 0; i < n; ++i) {
      Traveller& each = on_board_[i];
      for (std::size_t c = 0; c < kColumns; ++c) each.state[c] = result_.state[c][i];
      if (each.step++ != each.due) continue;
      if (fills[i]) write_outputs(result_, i, rows_, row_of(each));
      ++each.taken;
      each.due += draw(each.schedule, config_.least_spacing, config_.most_spacing);
    }
  }

  void finish_disturbed() {
    cells_.resize(disturbed_.size());
    Air air;
    CellState state;
    for (std::size_t i = 0; i < disturbed_.size(); ++i) {
      read_inputs(&rows_.x[disturbed_[i] * kInputs], air, state);
      cells_.set(i, air, state);
    }
    step_(cells_, result_);
    for (std::size_t i = 0; i < disturbed_.size(); ++i) write_outputs(result_, i, rows_, disturbed_[i]);
  }

  const SampleBoxes::Config& config_;
  std::int64_t origin_, next_, last_;
  Rows& rows_;
  M7 step_;
  std::vector<Traveller> on_board_;
  Cells cells_;
  StepResult result_;
  std::vector<std::size_t> disturbed_;
};

void check_order(std::int32_t least, std::int32_t most, const std::string& what) {
  if (least > most)
    throw core::InputError({"", fmt::format("--most-{}", what), fmt::format("{}", most)},
                           fmt::format("is below --least-{}, {}", what, least));
}

}  // namespace

SampleBoxes::SampleBoxes(const Config& config) : config_(config) {
  core::check_fields(config_, "");
  check_order(config_.least_spin_up, config_.most_spin_up, "spin-up");
  check_order(config_.least_spacing, config_.most_spacing, "spacing");
}

Rows SampleBoxes::operator()(const core::ProgressCallback& progress) const {
  return (*this)(0, config_.boxes, progress);
}

Rows SampleBoxes::operator()(std::int64_t first, std::int64_t count, const core::ProgressCallback& progress) const {
  Rows rows;
  rows.resize(static_cast<std::size_t>(count * config_.samples));
  std::mutex mutex;
  std::int64_t done = 0;
  core::parallel_for((count + kOfTask - 1) / kOfTask, config_.threads, [&](std::int64_t task) {
    const std::int64_t begin = first + task * kOfTask, end = std::min(first + count, begin + kOfTask);
    Piece(config_, first, begin, end, rows).run();
    if (!progress) return;
    const std::scoped_lock lock(mutex);
    done += end - begin;
    progress({done, count, ""});
  });
  return rows;
}

}  // namespace difftrack::aerosol
