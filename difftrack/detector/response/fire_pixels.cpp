// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/response/fire_pixels.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace difftrack::detector {
namespace {

constexpr std::int64_t kStripCells = 1 << 17;  // pixels worked on at once: 5 MB of scratch

std::size_t cells_of(const PixelBox& box) {
  return static_cast<std::size_t>(box.columns()) * static_cast<std::size_t>(box.rows());
}

PixelBox around(const PixelBox& a, const PixelBox& b) {
  return {std::min(a.column_begin, b.column_begin), std::max(a.column_end, b.column_end),
          std::min(a.row_begin, b.row_begin), std::max(a.row_end, b.row_end)};
}

PixelBox clip_rows(PixelBox box, const PixelBox& strip) {
  box.row_begin = std::max(box.row_begin, strip.row_begin);
  box.row_end = std::min(box.row_end, strip.row_end);
  return box;
}

}  // namespace

/// Pixels that can collect `negligible` electrons or more from a step.
PixelBox FirePixels::reached(std::uint32_t row, PlanePoint at, double negligible) const {
  const double charge = kernel_.electrons(static_cast<double>(steps_.edep[row]));
  const double area = geometry_.x.pitch() * geometry_.y.pitch();
  return pixels_within(geometry_, at.x, at.y, kernel_.reach(charge, area, negligible));
}

void FirePixels::collect_particles(std::int32_t layer, std::span<const std::uint32_t> rows) {
  deposits_.clear();
  particles_.clear();
  std::uint32_t previous = 0;
  for (const std::uint32_t row : rows) {
    const PlanePoint at =
        alignment_.to_nominal(layer, {static_cast<double>(steps_.x[row]), static_cast<double>(steps_.y[row])});
    const PixelBox box = reached(row, at, config_.negligible_charge);
    if (box.empty()) continue;
    const bool same = !particles_.empty() && steps_.event[previous] == steps_.event[row] &&
                      (steps_.track.empty() || steps_.track[previous] == steps_.track[row]);
    const auto index = static_cast<std::uint32_t>(deposits_.size());
    deposits_.push_back({row, at, box});
    if (same) {
      particles_.back().last = index + 1;
      particles_.back().box = around(particles_.back().box, box);
    } else {
      particles_.push_back({index, index + 1, box, static_cast<std::uint32_t>(particles_.size())});
    }
    previous = row;
  }
}

std::uint32_t FirePixels::find_group(std::uint32_t particle) {
  while (particles_[particle].group != particle) {
    particles_[particle].group = particles_[particles_[particle].group].group;
    particle = particles_[particle].group;
  }
  return particle;
}

/// A sweep over rows: each particle is compared with those that still reach its first row.
void FirePixels::join_overlapping() {
  order_.resize(particles_.size());
  std::iota(order_.begin(), order_.end(), 0u);
  std::sort(order_.begin(), order_.end(), [this](std::uint32_t a, std::uint32_t b) {
    return std::tuple(particles_[a].box.row_begin, a) < std::tuple(particles_[b].box.row_begin, b);
  });
  active_.clear();
  for (const std::uint32_t i : order_) {
    const PixelBox& box = particles_[i].box;
    std::erase_if(active_, [&](std::uint32_t j) { return particles_[j].box.row_end <= box.row_begin; });
    for (const std::uint32_t j : active_) {
      const PixelBox& other = particles_[j].box;
      if (other.column_end <= box.column_begin || box.column_end <= other.column_begin) continue;
      const std::uint32_t a = find_group(i), b = find_group(j);
      particles_[std::max(a, b)].group = std::min(a, b);
    }
    active_.push_back(i);
  }
  for (std::uint32_t i = 0; i < particles_.size(); ++i) particles_[i].group = find_group(i);
  std::iota(order_.begin(), order_.end(), 0u);
  std::sort(order_.begin(), order_.end(), [this](std::uint32_t a, std::uint32_t b) {
    return std::tuple(particles_[a].group, a) < std::tuple(particles_[b].group, b);
  });
}

bool FirePixels::is_primary(std::int64_t step) const {
  return step >= 0 && !steps_.parent.empty() && steps_.parent[static_cast<std::size_t>(step)] == 0;
}

/// Energies of one particle, first in a grid of its own, so that its sum competes for the pixel and not its steps.
void FirePixels::add_particle(const Particle& particle, const PixelBox& strip) {
  const PixelBox box = clip_rows(particle.box, strip);
  if (box.empty()) return;
  own_.assign(cells_of(box), 0.0F);
  for (std::uint32_t d = particle.first; d < particle.last; ++d) {
    const PixelBox part = clip_rows(deposits_[d].box, strip);
    const std::uint32_t row = deposits_[d].step;
    if (!part.empty())
      add_shares(geometry_, deposits_[d].at.x, deposits_[d].at.y, config_.gamma, steps_.edep[row], part, box, own_,
                 corners_);
  }
  const std::int64_t step = deposits_[particle.first].step;
  const bool primary = is_primary(step);
  std::size_t from = 0;
  for (std::int32_t r = box.row_begin; r < box.row_end; ++r) {
    std::size_t to = static_cast<std::size_t>(r - strip.row_begin) * static_cast<std::size_t>(strip.columns()) +
                     static_cast<std::size_t>(box.column_begin - strip.column_begin);
    for (std::int32_t c = box.column_begin; c < box.column_end; ++c, ++from, ++to) {
      PixelCharge& charge = charges_[to];
      charge.total += own_[from];
      if (own_[from] > charge.most) {
        if (charge.most > charge.second_most && is_primary(charge.strongest))
          charge.second_most = charge.most, charge.second = charge.strongest;
        charge.most = own_[from];
        charge.strongest = step;
      } else if (primary && own_[from] > charge.second_most) {
        charge.second_most = own_[from];
        charge.second = step;
      }
    }
  }
}

void FirePixels::fire_if_above(std::int32_t frame, std::int32_t layer, std::int64_t pixel, const PixelCharge& charge) {
  const double needed = faults_.firing_charge(frame, layer, pixel);
  const auto fires = [&](float edep) { return static_cast<double>(edep) * to_electrons_ >= needed; };
  if (!fires(charge.total) || faults_.is_dead(layer, pixel)) return;
  fired_.push_back({pixel, charge.strongest, fires(charge.second_most) ? charge.second : -1, charge.total});
}

void FirePixels::apply_thresholds(std::int32_t frame, std::int32_t layer, const PixelBox& strip) {
  std::size_t cell = 0;
  for (std::int32_t r = strip.row_begin; r < strip.row_end; ++r)
    for (std::int32_t c = strip.column_begin; c < strip.column_end; ++c, ++cell)
      if (charges_[cell].total >= lowest_edep_ && charges_[cell].strongest >= 0)
        fire_if_above(frame, layer, static_cast<std::int64_t>(r) * geometry_.x.pixels() + c, charges_[cell]);
}

void FirePixels::fire_alone(std::int32_t frame, std::int32_t layer, const Particle& particle) {
  const std::uint32_t row = deposits_[particle.first].step;
  const double lowest = static_cast<double>(lowest_edep_) * to_electrons_;
  const PlanePoint at = deposits_[particle.first].at;
  const PixelBox box = reached(row, at, std::max(lowest, config_.negligible_charge));
  own_.assign(cells_of(box), 0.0F);
  add_shares(geometry_, at.x, at.y, config_.gamma, steps_.edep[row], box, box, own_, corners_);
  std::size_t cell = 0;
  for (std::int32_t r = box.row_begin; r < box.row_end; ++r)
    for (std::int32_t c = box.column_begin; c < box.column_end; ++c, ++cell)
      if (own_[cell] >= lowest_edep_)
        fire_if_above(frame, layer, static_cast<std::int64_t>(r) * geometry_.x.pixels() + c,
                      {.total = own_[cell], .most = own_[cell], .strongest = row});
}

void FirePixels::fire_group(std::int32_t frame, std::int32_t layer, std::span<const std::uint32_t> members) {
  PixelBox all = particles_[members.front()].box;
  for (const std::uint32_t i : members) all = around(all, particles_[i].box);
  const auto strip_rows = static_cast<std::int32_t>(std::max<std::int64_t>(1, kStripCells / all.columns()));
  for (std::int32_t row = all.row_begin; row < all.row_end; row += strip_rows) {
    PixelBox strip = all;
    strip.row_begin = row;
    strip.row_end = std::min(all.row_end, row + strip_rows);
    charges_.assign(cells_of(strip), {});
    for (const std::uint32_t i : members) add_particle(particles_[i], strip);
    apply_thresholds(frame, layer, strip);
  }
}

std::span<const FiredPixel> FirePixels::operator()(std::int32_t frame, std::int32_t layer,
                                                   std::span<const std::uint32_t> rows) {
  fired_.clear();
  collect_particles(layer, rows);
  join_overlapping();
  for (std::size_t begin = 0, end = 0; begin < order_.size(); begin = end) {
    while (end < order_.size() && particles_[order_[end]].group == particles_[order_[begin]].group) ++end;
    const Particle& particle = particles_[order_[begin]];
    if (end - begin == 1 && particle.last - particle.first == 1)
      fire_alone(frame, layer, particle);
    else
      fire_group(frame, layer, std::span<const std::uint32_t>(order_).subspan(begin, end - begin));
  }
  for (const std::int64_t pixel : faults_.spontaneous(frame, layer)) fired_.push_back({pixel, -1, -1, 0.0F});
  // charge before noise where a pixel has both
  std::sort(fired_.begin(), fired_.end(), [](const FiredPixel& a, const FiredPixel& b) {
    return a.pixel != b.pixel ? a.pixel < b.pixel : a.step > b.step;
  });
  fired_.erase(std::unique(fired_.begin(), fired_.end(),
                           [](const FiredPixel& a, const FiredPixel& b) { return a.pixel == b.pixel; }),
               fired_.end());
  return fired_;
}

}  // namespace difftrack::detector
