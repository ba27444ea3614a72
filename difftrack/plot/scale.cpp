// SPDX-License-Identifier: Apache-2.0
#include "difftrack/plot/scale.hpp"

#include <algorithm>
#include <cmath>

namespace difftrack::plot {

double Scale::scaled(double value) const { return logarithmic_ ? std::log10(value) : value; }

bool Scale::shows(double value) const { return std::isfinite(value) && (!logarithmic_ || value > 0.0); }

void Scale::include(double value) {
  if (!shows(value)) return;
  low_ = std::min(low_, scaled(value));
  high_ = std::max(high_, scaled(value));
}

void Scale::set_low(double value) {
  if (shows(value)) low_ = scaled(value);
}

void Scale::set_high(double value) {
  if (shows(value)) high_ = scaled(value);
}

void Scale::widen(double share) {
  if (!std::isfinite(low_)) low_ = std::isfinite(high_) ? high_ - 1.0 : 0.0;
  if (!(high_ > low_)) {
    const double around = logarithmic_ ? 0.5 : std::max(0.5, 0.1 * std::abs(low_));
    low_ -= around;
    high_ = low_ + 2.0 * around;
    return;
  }
  const double margin = share * (high_ - low_);
  low_ -= margin;
  high_ += margin;
}

void Scale::raise(double share) { high_ += share * (high_ - low_); }

double Scale::pixel(double value) const { return from_ + (scaled(value) - low_) / (high_ - low_) * (to_ - from_); }

std::vector<double> Scale::ticks() const {
  std::vector<double> out;
  if (logarithmic_) {
    const bool decades_alone = high_ - low_ > 3.5;
    for (double e = std::floor(low_); e <= high_; ++e)
      for (const double m : {1.0, 2.0, 5.0}) {
        const double value = m * std::pow(10.0, e);
        if ((m == 1.0 || !decades_alone) && scaled(value) >= low_ && scaled(value) <= high_) out.push_back(value);
      }
    return out;
  }
  const double rough = (high_ - low_) / 6.0, power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10.0 * power;
  for (const double m : {5.0, 2.0, 1.0})
    if (m * power >= rough) step = m * power;
  for (double i = std::ceil(low_ / step); i * step <= high_; ++i) out.push_back(i == 0.0 ? 0.0 : i * step);
  return out;
}

}  // namespace difftrack::plot
