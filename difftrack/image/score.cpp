// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/score.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <span>
#include <tuple>
#include <utility>

#include "difftrack/core/error.hpp"

namespace difftrack::image {

namespace {

constexpr double kPhantom = 0.3, kSoftLow = 0.9, kSoftHigh = 1.15, kBone = 1.2;  // RSP
constexpr double kRing = 4.0;       // [mm] around a target that tells of its edges
constexpr double kReach = 4.0;      // of the Gaussian, in standard deviations
constexpr double kBlurStep = 0.1;   // [mm] of the first search
constexpr int kBlurSteps = 40;      // up to 4 mm
constexpr std::size_t kPieces = 6;  // of the body, at least, for a standard deviation
constexpr double kSameRsp = 1e-4;   // between voxels of one material

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Reference and image by the same pixels.
class Compared {
 public:
  Compared(const Volume& image, const event::ReferenceImage& reference) : image_(image), reference_(reference) {
    const auto& fine = reference.counts;
    times_ = image.counts[0] > 0 ? fine[0] / image.counts[0] : 0;
    if (times_ < 1 || times_ % 2 == 0 || fine[0] != times_ * image.counts[0] || fine[2] != times_ * image.counts[2] ||
        fine[1] != image.counts[1] || reference.rsp.size() != at(fine[0] * fine[1] * fine[2]))
      throw core::InputError(
          {"", "counts", fmt::format("{} x {} x {}", fine[0], fine[1], fine[2])},
          fmt::format("of the reference are no odd multiple, along x and z, of the image's {} x {} x {}",
                      image.counts[0], image.counts[1], image.counts[2]));
    coarse_.resize(image.size());
    edge_.resize(image.size());
    for (std::int64_t k = 0; k < image.counts[2]; ++k)
      for (std::int64_t j = 0; j < image.counts[1]; ++j)
        for (std::int64_t i = 0; i < image.counts[0]; ++i) average(i, j, k);
  }

  float fine(std::int64_t i, std::int64_t j, std::int64_t k) const {
    return reference_.rsp[at((k * reference_.counts[1] + j) * reference_.counts[0] + i)];
  }
  double expected(std::size_t voxel) const { return coarse_[voxel]; }
  std::span<const double> expected() const { return coarse_; }
  /// Whether the voxel is of one material, the same as `rsp`.
  bool is(std::size_t voxel, double rsp) const { return !edge_[voxel] && std::abs(coarse_[voxel] - rsp) < kSameRsp; }
  std::int64_t times() const { return times_; }
  const Volume& image() const { return image_; }
  const event::ReferenceImage& reference() const { return reference_; }

  /// The most frequent material's RSP, air apart.
  double body() const {
    std::map<std::int64_t, std::int64_t> counts;
    for (std::size_t v = 0; v < coarse_.size(); ++v)
      if (!edge_[v] && coarse_[v] > kPhantom) ++counts[std::llround(coarse_[v] / kSameRsp)];
    const auto most = std::max_element(counts.begin(), counts.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == counts.end() ? 0.0 : static_cast<double>(most->first) * kSameRsp;
  }

  /// 1 for voxels around which all others of the slice within `margin` mm fulfil `inside`.
  template <class Inside>
  std::vector<std::uint8_t> eroded(double margin, const Inside& inside) const {
    std::vector<std::uint8_t> mask(image_.size());
    for (std::size_t v = 0; v < mask.size(); ++v) mask[v] = inside(v) ? 1 : 0;
    const std::vector<std::uint8_t> whole = mask;
    const auto reach_x = static_cast<std::int64_t>(margin / image_.spacing[0]),
               reach_z = static_cast<std::int64_t>(margin / image_.spacing[2]);
    for (std::int64_t k = 0; k < image_.counts[2]; ++k)
      for (std::int64_t j = 0; j < image_.counts[1]; ++j)
        for (std::int64_t i = 0; i < image_.counts[0]; ++i) {
          std::uint8_t& here = mask[image_.index(i, j, k)];
          for (std::int64_t dk = -reach_z; dk <= reach_z && here != 0; ++dk)
            for (std::int64_t di = -reach_x; di <= reach_x && here != 0; ++di) {
              const double distance =
                  std::hypot(static_cast<double>(di) * image_.spacing[0], static_cast<double>(dk) * image_.spacing[2]);
              if (distance > margin) continue;
              const bool outside = i + di < 0 || k + dk < 0 || i + di >= image_.counts[0] || k + dk >= image_.counts[2];
              if (outside || whole[image_.index(i + di, j, k + dk)] == 0) here = 0;
            }
        }
    return mask;
  }

 private:
  void average(std::int64_t i, std::int64_t j, std::int64_t k) {
    double sum = 0.0;
    const float first = fine(i * times_, j, k * times_);
    bool same = true;
    for (std::int64_t dk = 0; dk < times_; ++dk)
      for (std::int64_t di = 0; di < times_; ++di) {
        const float value = fine(i * times_ + di, j, k * times_ + dk);
        sum += static_cast<double>(value);
        same = same && std::abs(value - first) < kSameRsp;
      }
    const std::size_t voxel = image_.index(i, j, k);
    coarse_[voxel] = sum / static_cast<double>(times_ * times_);
    edge_[voxel] = same ? 0 : 1;
  }

  const Volume& image_;
  const event::ReferenceImage& reference_;
  std::int64_t times_ = 1;
  std::vector<double> coarse_;
  std::vector<std::uint8_t> edge_;  // 1: of several materials
};

template <class Inside>
RegionScore region_of(const Compared& compared, const Inside& inside) {
  RegionScore region;
  for (std::size_t v = 0; v < compared.image().size(); ++v) {
    if (!inside(v)) continue;
    const double value = static_cast<double>(compared.image().values[v]);
    ++region.voxels;
    region.mean += value;
    region.expected += compared.expected(v);
    region.mae += std::abs(value - compared.expected(v));
  }
  const auto n = static_cast<double>(std::max<std::int64_t>(1, region.voxels));
  region.mean /= n, region.expected /= n, region.mae /= n;
  return region;
}

std::vector<std::uint8_t> body_mask(const Compared& compared, double margin) {
  const double body = compared.body();
  auto mask = compared.eroded(margin, [&](std::size_t v) { return compared.is(v, body); });
  if (std::find(mask.begin(), mask.end(), 1) == mask.end())
    throw core::InputError({"", "margin", fmt::format("{:g}", margin)},
                           "leaves no voxel of the phantom's body that far from an edge");
  return mask;
}

double noise_of(const Compared& compared, const std::vector<std::uint8_t>& mask, double mean_difference) {
  double square = 0.0;
  std::int64_t n = 0;
  for (std::size_t v = 0; v < mask.size(); ++v) {
    if (mask[v] == 0) continue;
    square += std::pow(static_cast<double>(compared.image().values[v]) - compared.expected(v) - mean_difference, 2);
    ++n;
  }
  return std::sqrt(square / static_cast<double>(std::max<std::int64_t>(1, n - 1)));
}

/// Position in a target's own axes, over its half sizes.
struct Own {
  double u = 0.0, w = 0.0;
};

Own own(const event::Target& target, double x, double z) {
  const double c = std::cos(target.turn), s = std::sin(target.turn), dx = x - target.x, dz = z - target.z;
  return {(c * dx + s * dz) / target.half_x, (-s * dx + c * dz) / target.half_z};
}

/// Whether a place is in a target that is `share` as large and `more` mm larger.
bool in_target(const event::Target& target, double x, double z, double share, double more) {
  event::Target t = target;
  t.half_x = share * t.half_x + more, t.half_z = share * t.half_z + more;
  const Own p = own(t, x, z);
  return t.round ? p.u * p.u + p.w * p.w <= 1.0 : std::abs(p.u) <= 1.0 && std::abs(p.w) <= 1.0;
}

/// A rectangle of pixels around a target, averaged over the slices that lie within its height.
struct Window {
  std::int64_t left = 0, right = 0, front = 0, back = 0, slice = 0;  // pixels, ends included; a slice among them
  std::vector<double> values;                                        // of the image, x fastest
  std::vector<std::uint8_t> use;                                     // 1: on the target or its ring
  std::size_t columns() const { return at(right - left + 1); }
};

Window window_of(const Volume& image, const event::Target& target) {
  const double reach = std::hypot(target.half_x, target.half_z) + kRing;
  const auto pixel = [&](std::size_t axis, double position) {
    return std::clamp<std::int64_t>(
        static_cast<std::int64_t>(
            std::floor(position / image.spacing[axis] + 0.5 * static_cast<double>(image.counts[axis]))),
        0, image.counts[axis] - 1);
  };
  Window w{pixel(0, target.x - reach),
           pixel(0, target.x + reach),
           pixel(2, target.z - reach),
           pixel(2, target.z + reach),
           0,
           {},
           {}};
  std::vector<std::int64_t> slices;
  for (std::int64_t j = 0; j < image.counts[1]; ++j)
    if (std::abs(image.centre(1, j)) + 0.5 * image.spacing[1] <= target.half_y + 1e-6) slices.push_back(j);
  if (slices.empty())
    throw core::InputError(
        {"", "slice_height", fmt::format("{:g}", image.spacing[1])},
        fmt::format("no slice lies within the height of target '{}', {:g} mm", target.name, 2.0 * target.half_y));
  w.slice = slices[slices.size() / 2];
  for (std::int64_t k = w.front; k <= w.back; ++k)
    for (std::int64_t i = w.left; i <= w.right; ++i) {
      double sum = 0.0;
      for (const std::int64_t j : slices) sum += static_cast<double>(image.values[image.index(i, j, k)]);
      w.values.push_back(sum / static_cast<double>(slices.size()));
      w.use.push_back(in_target(target, image.centre(0, i), image.centre(2, k), 1.0, kRing) ? 1 : 0);
    }
  return w;
}

/// The reference at the pixels of a window, blurred by a Gaussian: along x first, row by fine row, then along z.
std::vector<double> blurred(const Compared& compared, const Window& window, double sigma) {
  const std::int64_t times = compared.times(), middle = times / 2;
  const double step = compared.image().spacing[0] / static_cast<double>(times);
  const auto reach = static_cast<std::int64_t>(std::ceil(kReach * sigma / step));
  std::vector<double> weights;
  for (std::int64_t d = -reach; d <= reach; ++d)
    weights.push_back(std::exp(-0.5 * std::pow(static_cast<double>(d) * step / std::max(sigma, 1e-6), 2)));
  const auto& counts = compared.reference().counts;
  const auto mean = [&](std::int64_t centre, std::int64_t count, const auto& value) {
    double sum = 0.0, total = 0.0;
    for (std::int64_t d = std::max(-reach, -centre); d <= std::min(reach, count - 1 - centre); ++d) {
      const double weight = weights[at(d + reach)];
      sum += weight * value(centre + d);
      total += weight;
    }
    return sum / total;
  };
  const std::int64_t first = std::max<std::int64_t>(0, window.front * times + middle - reach),
                     last = std::min(counts[2] - 1, window.back * times + middle + reach);
  const std::size_t columns = window.columns();
  std::vector<double> rows;
  for (std::int64_t k = first; k <= last; ++k)
    for (std::int64_t i = window.left; i <= window.right; ++i)
      rows.push_back(mean(i * times + middle, counts[0],
                          [&](std::int64_t n) { return static_cast<double>(compared.fine(n, window.slice, k)); }));
  std::vector<double> result;
  for (std::int64_t k = window.front; k <= window.back; ++k)
    for (std::size_t i = 0; i < columns; ++i)
      result.push_back(
          mean(k * times + middle, counts[2], [&](std::int64_t n) { return rows[at(n - first) * columns + i]; }));
  return result;
}

/// Squares left by the best straight line image = offset + contrast * reference, and what it rests on.
struct Residual {
  double squares = 0.0;
  std::int64_t pixels = 0;
};

Residual residual(const Compared& compared, const Window& window, double sigma) {
  const std::vector<double> reference = blurred(compared, window, sigma);
  double n = 0.0, sr = 0.0, sv = 0.0, srr = 0.0, srv = 0.0, svv = 0.0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    if (window.use[i] == 0) continue;
    const double r = reference[i], v = window.values[i];
    n += 1.0, sr += r, sv += v, srr += r * r, srv += r * v, svv += v * v;
  }
  const double crr = srr - sr * sr / n, crv = srv - sr * sv / n, cvv = svv - sv * sv / n;
  return {crr > 0.0 ? cvv - crv * crv / crr : cvv, static_cast<std::int64_t>(n)};
}

/// The blur that leaves the least squares over the windows, with its standard deviation; zeros where there is none.
std::pair<double, double> best_blur(const Compared& compared, std::span<const Window> windows) {
  const auto squares = [&](double sigma) {
    double sum = 0.0;
    for (const Window& window : windows) sum += residual(compared, window, sigma).squares;
    return sum;
  };
  double best = kBlurStep, least = squares(best);
  for (int i = 2; i <= kBlurSteps; ++i) {
    const double here = squares(kBlurStep * i);
    if (here < least) best = kBlurStep * i, least = here;
  }
  // Edges too faint for their noise have their least squares at an end.
  if (best < 1.5 * kBlurStep || best > kBlurStep * (kBlurSteps - 0.5)) return {0.0, 0.0};
  // A parabola through three points, twice, the second time closer.
  double curvature = 0.0;
  for (double step : {kBlurStep, 0.25 * kBlurStep}) {
    const double below = squares(best - 0.9 * step), above = squares(best + 0.9 * step), h = 0.9 * step;
    least = squares(best);
    curvature = (below - 2.0 * least + above) / (h * h);
    if (curvature <= 0.0) break;
    best += std::clamp(0.5 * (below - above) / (h * curvature), -step, step);
  }
  std::int64_t pixels = 0;
  for (const Window& window : windows) pixels += residual(compared, window, best).pixels - 2;
  const double variance = least / static_cast<double>(std::max<std::int64_t>(1, pixels - 1));
  return {best, curvature > 0.0 ? std::sqrt(2.0 * variance / curvature) : 0.0};
}

/// Mean over the inner part of a target of values at the pixels of its window.
double inner_mean(const Volume& image, const event::Target& target, const Window& window, double inner,
                  const std::vector<double>& values, std::int64_t* pixels = nullptr) {
  double sum = 0.0;
  std::int64_t n = 0;
  std::size_t at_pixel = 0;
  for (std::int64_t k = window.front; k <= window.back; ++k)
    for (std::int64_t i = window.left; i <= window.right; ++i, ++at_pixel)
      if (in_target(target, image.centre(0, i), image.centre(2, k), inner, 0.0)) sum += values[at_pixel], ++n;
  if (pixels != nullptr) *pixels = n;
  return sum / static_cast<double>(std::max<std::int64_t>(1, n));
}

/// Standard deviation of a mean over pieces of the body as large as the target's inner part, side by side; 0 for fewer
/// than kPieces.
double sd_in_body(const Compared& compared, const std::vector<std::uint8_t>& body, const event::Target& target,
                  double inner) {
  const Volume& image = compared.image();
  const double half = inner * std::max(target.half_x, target.half_z);
  const auto step = static_cast<std::int64_t>(std::ceil(2.0 * half / image.spacing[0])) + 1,
             reach = static_cast<std::int64_t>(half / image.spacing[0]);
  std::vector<double> means;
  const std::int64_t j = image.counts[1] / 2;
  for (std::int64_t k = reach; k < image.counts[2] - reach; k += step)
    for (std::int64_t i = reach; i < image.counts[0] - reach; i += step) {
      double sum = 0.0;
      std::int64_t n = 0;
      bool whole = true;
      for (std::int64_t dk = -reach; dk <= reach; ++dk)
        for (std::int64_t di = -reach; di <= reach; ++di) {
          const double dx = static_cast<double>(di) * image.spacing[0], dz = static_cast<double>(dk) * image.spacing[2];
          event::Target piece = target;
          piece.x = piece.z = 0.0;
          if (!in_target(piece, dx, dz, inner, 0.0)) continue;
          const std::size_t voxel = image.index(i + di, j, k + dk);
          whole = whole && body[voxel] != 0;
          sum += static_cast<double>(image.values[voxel]);
          ++n;
        }
      if (whole && n > 0) means.push_back(sum / static_cast<double>(n));
    }
  if (means.size() < kPieces) return 0.0;
  double mean = 0.0, square = 0.0;
  for (const double m : means) mean += m / static_cast<double>(means.size());
  for (const double m : means) square += (m - mean) * (m - mean);
  return std::sqrt(square / static_cast<double>(means.size() - 1));
}

/// Amplitude at the lines' own frequency, half a period being the width of a line: that of the image over that of the
/// reference.
double modulation_of(const Compared& compared, const event::Target& target, const Window& window, double frequency) {
  const Volume& image = compared.image();
  const std::int64_t times = compared.times();
  const auto amplitude = [&](std::int64_t n, const auto& value) {
    double sum = 0.0, weight = 0.0, mean = 0.0;
    std::vector<std::pair<double, double>> samples;  // phase, value
    for (std::int64_t k = window.front * n; k < (window.back + 1) * n; ++k)
      for (std::int64_t i = window.left * n; i < (window.right + 1) * n; ++i) {
        const double step = image.spacing[0] / static_cast<double>(n),
                     middle = 0.5 * static_cast<double>(n * image.counts[0] - 1),
                     x = step * (static_cast<double>(i) - middle), z = step * (static_cast<double>(k) - middle);
        if (!in_target(target, x, z, 1.0, 0.0)) continue;
        samples.emplace_back(std::cos(2.0 * std::numbers::pi * frequency * own(target, x, z).w * target.half_z),
                             value(i, k));
        mean += samples.back().second;
      }
    mean /= static_cast<double>(std::max<std::size_t>(1, samples.size()));
    for (const auto& [phase, v] : samples) sum += phase * (v - mean), weight += phase * phase;
    return weight > 0.0 ? sum / weight : 0.0;
  };
  const double seen = amplitude(1, [&](std::int64_t i, std::int64_t k) {
    return window.values[at(k - window.front) * window.columns() + at(i - window.left)];
  });
  const double expected = amplitude(
      times, [&](std::int64_t i, std::int64_t k) { return static_cast<double>(compared.fine(i, window.slice, k)); });
  return expected != 0.0 ? seen / expected : 0.0;
}

}  // namespace

double RegionScore::percent() const { return expected != 0.0 ? 100.0 * (mean - expected) / expected : 0.0; }

double TargetScore::blurred_percent() const { return blurred != 0.0 ? 100.0 * (region.mean - blurred) / blurred : 0.0; }

double mtf10(double blur) {
  constexpr double kMmPerCm = 10.0;
  return blur > 0.0 ? kMmPerCm * std::sqrt(2.0 * std::log(10.0)) / (2.0 * std::numbers::pi * blur) : 0.0;
}

ImageScore score_image(const Volume& image, const event::ReferenceImage& reference, const ScoreConfig& config) {
  core::check_fields(config, "");
  const Compared compared(image, reference);
  ImageScore score;
  const auto body = body_mask(compared, config.margin);
  score.body = region_of(compared, [&](std::size_t v) { return body[v] != 0; });
  score.noise = noise_of(compared, body, score.body.mean - score.body.expected);
  const auto phantom =
      compared.eroded(image.spacing[0], [&](std::size_t v) { return compared.expected(v) > kPhantom; });
  const auto between = [&](double low, double high) {
    return region_of(compared, [&, low, high](std::size_t v) {
      return phantom[v] != 0 && compared.expected(v) >= low && compared.expected(v) < high;
    });
  };
  score.soft = between(kSoftLow, kSoftHigh);
  score.bone = between(kBone, 1e9);
  score.all = region_of(compared, [&](std::size_t v) { return compared.expected(v) > kPhantom; });
  score.rays = score_rays(image, compared.expected(), kPhantom);
  if (reference.targets.empty()) return score;

  std::vector<Window> windows;
  for (const event::Target& target : reference.targets) windows.push_back(window_of(image, target));
  score.blur = best_blur(compared, windows).first;
  for (std::size_t t = 0; t < windows.size(); ++t) {
    const event::Target& target = reference.targets[t];
    const Window& window = windows[t];
    TargetScore one{target.name, std::hypot(target.x, target.z), {}, 0.0, 0.0, 0.0, 0.0, 0.0, target.frequency > 0.0};
    one.region.mean = inner_mean(image, target, window, config.inner, window.values, &one.region.voxels);
    one.region.expected = inner_mean(image, target, window, config.inner, blurred(compared, window, 0.0));
    one.region.mae = std::abs(one.region.mean - one.region.expected);
    one.blurred = inner_mean(image, target, window, config.inner, blurred(compared, window, score.blur));
    one.mean_sd = sd_in_body(compared, body, target, config.inner);
    std::tie(one.blur, one.blur_sd) = best_blur(compared, std::span(&window, 1));
    if (one.lines) one.modulation = modulation_of(compared, target, window, target.frequency);
    score.targets.push_back(one);
  }
  return score;
}

Comparison compare_images(const Volume& image, const Volume& other, const event::ReferenceImage& reference,
                          const ScoreConfig& config) {
  if (image.counts != other.counts || image.spacing != other.spacing)
    throw core::InputError(
        {"", "against", fmt::format("{} x {} x {}", other.counts[0], other.counts[1], other.counts[2])},
        "has other voxels than the image");
  const Compared compared(image, reference), beside(other, reference);
  const auto body = body_mask(compared, config.margin);
  const auto inside = [&](std::size_t v) { return body[v] != 0; };
  const RegionScore own_body = region_of(compared, inside), other_body = region_of(beside, inside);
  const double own_noise = noise_of(compared, body, own_body.mean - own_body.expected),
               other_noise = noise_of(beside, body, other_body.mean - other_body.expected);
  Comparison result;
  result.noise_ratio = own_noise > 0.0 ? std::pow(other_noise / own_noise, 2) : 0.0;
  result.mean = 100.0 * (own_body.mean - other_body.mean) / own_body.expected;
  double square = 0.0;
  std::int64_t n = 0;
  for (std::size_t v = 0; v < image.size(); ++v)
    if (compared.expected(v) > kPhantom) {
      square += std::pow(static_cast<double>(image.values[v]) - static_cast<double>(other.values[v]), 2);
      ++n;
    }
  result.rms = std::sqrt(square / static_cast<double>(std::max<std::int64_t>(1, n)));
  return result;
}

}  // namespace difftrack::image
