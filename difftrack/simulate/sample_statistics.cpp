// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/sample_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <tuple>

#include "difftrack/simulate/process.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kSmallKink = 0.05;  // [rad], for correlations

/// The primary's hits of one event by plane; x is NaN where it has none.
using Track = std::vector<MergedHit>;

std::vector<double> absolute(std::span<const double> values) {
  std::vector<double> out;
  for (const double value : values)
    if (std::isfinite(value)) out.push_back(std::abs(value));
  return out;
}

}  // namespace

std::vector<MergedHit> merge_by_track(const event::Steps& steps) {
  std::vector<std::size_t> order(steps.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto key = [&](std::size_t i) { return std::tuple(steps.event[i], steps.track[i], steps.layer[i]); };
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return key(a) < key(b); });
  std::vector<MergedHit> hits;
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    MergedHit hit{};
    for (; end < order.size() && key(order[end]) == key(order[begin]); ++end) {
      hit.x += steps.x[order[end]];
      hit.y += steps.y[order[end]];
      hit.z += steps.z[order[end]];
      hit.edep += steps.edep[order[end]];
    }
    const auto rows = static_cast<double>(end - begin);
    const std::size_t first = order[begin];
    hits.push_back({steps.event[first], steps.track[first], steps.layer[first], steps.parent[first], steps.pdg[first],
                    hit.x / rows, hit.y / rows, hit.z / rows, hit.edep});
    begin = end;
  }
  return hits;
}

double correlation(std::span<const double> a, std::span<const double> b, double limit) {
  double n = 0, sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(std::abs(a[i]) < limit && std::abs(b[i]) < limit)) continue;
    n += 1, sa += a[i], sb += b[i], saa += a[i] * a[i], sbb += b[i] * b[i], sab += a[i] * b[i];
  }
  const double variance = (n * saa - sa * sa) * (n * sbb - sb * sb);
  return variance > 0.0 ? (n * sab - sa * sb) / std::sqrt(variance) : 0.0;
}

double quantile(std::span<double> values, double probability) {
  if (values.empty()) return 0.0;
  const double at = probability * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(low), values.end());
  const double first = values[low];
  if (low + 1 == values.size()) return first;
  const double second = *std::min_element(values.begin() + static_cast<std::ptrdiff_t>(low) + 1, values.end());
  return first + (at - static_cast<double>(low)) * (second - first);
}

SampleStatistics sample_statistics(const event::Steps& steps, std::int64_t events, std::int32_t max_planes) {
  const auto planes = static_cast<std::size_t>(max_planes);
  SampleStatistics out;
  out.events = events;
  out.planes.resize(planes);
  const auto hits = merge_by_track(steps);
  out.hits = static_cast<std::int64_t>(hits.size());
  std::vector<Track> tracks(static_cast<std::size_t>(events),
                            Track(planes, MergedHit{0, 0, 0, 0, 0, kNone, kNone, kNone, 0}));
  std::int64_t electrons = 0;
  for (const auto& hit : hits) {
    const bool electron = std::abs(hit.pdg) == pdg::kElectron;
    electrons += electron;
    if (hit.layer < 0 || hit.layer >= max_planes) continue;
    auto& plane = out.planes[static_cast<std::size_t>(hit.layer)];
    if (hit.parent == 0) {
      tracks[static_cast<std::size_t>(hit.event)][static_cast<std::size_t>(hit.layer)] = hit;
      ++plane.primaries;
    } else if (electron) {
      ++plane.electrons;
    } else if (hit.pdg == pdg::kProton) {
      ++plane.secondary_protons;
    }
  }
  std::int64_t protons = 0, same = 0;
  for (const auto& hit : hits) {
    if (hit.parent == 0 || hit.pdg != pdg::kProton || hit.layer < 0 || hit.layer >= max_planes) continue;
    ++protons;
    same += std::isfinite(tracks[static_cast<std::size_t>(hit.event)][static_cast<std::size_t>(hit.layer)].x);
  }
  out.electron_share = hits.empty() ? 0.0 : static_cast<double>(electrons) / static_cast<double>(hits.size());
  out.secondary_proton_same_layer = protons == 0 ? 0.0 : static_cast<double>(same) / static_cast<double>(protons);

  // Projected angles of segments (plane p to p + 1), and kinks between them, for x and y of every event.
  const std::size_t n = 2 * tracks.size();
  std::vector<std::vector<double>> angle(planes, std::vector<double>(n, kNone));
  for (std::size_t e = 0; e < tracks.size(); ++e)
    for (std::size_t p = 0; p + 1 < planes; ++p) {
      const auto &a = tracks[e][p], &b = tracks[e][p + 1];
      angle[p][2 * e] = std::atan((b.x - a.x) / (b.z - a.z));
      angle[p][2 * e + 1] = std::atan((b.y - a.y) / (b.z - a.z));
    }
  std::vector<double> before;
  for (std::size_t p = 0; p < planes; ++p) {
    auto& plane = out.planes[p];
    std::vector<double> edep, x;
    for (const auto& track : tracks) {
      if (!std::isfinite(track[p].x)) continue;
      edep.push_back(1e3 * track[p].edep);
      x.push_back(std::abs(track[p].x));
    }
    plane.edep_p05 = quantile(edep, 0.05);
    plane.edep_p50 = quantile(edep, 0.50);
    plane.edep_p95 = quantile(edep, 0.95);
    plane.width = quantile(x, 0.68);
    if (p == 0) {
      auto slopes = absolute(angle[0]);
      out.slope = 1e3 * std::tan(quantile(slopes, 0.68));
      continue;
    }
    std::vector<double> kink(n);
    for (std::size_t i = 0; i < n; ++i) kink[i] = angle[p][i] - angle[p - 1][i];
    auto sizes = absolute(kink);
    plane.kink_68 = 1e3 * quantile(sizes, 0.68);
    plane.kink_95 = 1e3 * quantile(sizes, 0.95);
    plane.kink_99 = 1e3 * quantile(sizes, 0.99);
    if (!before.empty()) out.planes[p - 1].kink_correlation = correlation(before, kink, kSmallKink);
    before = std::move(kink);
  }
  return out;
}

}  // namespace difftrack::simulate
