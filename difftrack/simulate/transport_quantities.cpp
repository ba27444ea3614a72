// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/transport_quantities.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "difftrack/detector/pixels/cluster_pixels.hpp"
#include "difftrack/simulate/process.hpp"
#include "difftrack/simulate/sample_statistics.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::array kPlanes{0, 1, 2, 5, 10, 15, 20};
constexpr double kSmallKink = 0.05;    // [rad], for correlations
constexpr double kSteep = 0.4;         // [rad] a segment that trackers reject
constexpr int kDeepestContinued = 16;  // a primary lost behind it may have stopped
constexpr int kDeepestKink = 14;

struct Point {
  double x = kNone, y = kNone, z = kNone, edep = kNone;
};

/// Hits of a sample, the primaries' by event and plane.
struct Sample {
  std::int64_t events = 0;
  std::size_t planes = 0;
  std::vector<MergedHit> hits;
  std::vector<Point> primaries;  // [event][plane]
  std::vector<double> z;         // of the planes: median over primaries
  const Point& at(std::size_t event, std::size_t plane) const { return primaries[event * planes + plane]; }
};

enum class Kind : std::uint8_t { Primary, Proton, Electron, Other };

Kind kind(const MergedHit& hit) {
  if (hit.parent == 0) return Kind::Primary;
  if (std::abs(hit.pdg) == pdg::kElectron) return Kind::Electron;
  return hit.pdg == pdg::kProton ? Kind::Proton : Kind::Other;
}

bool kept(const MergedHit& hit) { return detector::mean_cluster_size(hit.edep) + 0.5 >= 2.0; }

Sample gather(const event::Steps& steps, std::int64_t events) {
  Sample sample;
  sample.events = events;
  sample.hits = merge_by_track(steps);
  for (const auto& hit : sample.hits)
    sample.planes = std::max(sample.planes, static_cast<std::size_t>(std::max(hit.layer, 0)) + 1);
  sample.primaries.resize(static_cast<std::size_t>(events) * sample.planes);
  for (const auto& hit : sample.hits)
    if (hit.parent == 0)
      sample.primaries[static_cast<std::size_t>(hit.event) * sample.planes + static_cast<std::size_t>(hit.layer)] = {
          hit.x, hit.y, hit.z, hit.edep};
  for (std::size_t p = 0; p < sample.planes; ++p) {
    std::vector<double> z;
    for (std::size_t e = 0; e < static_cast<std::size_t>(events); ++e)
      if (std::isfinite(sample.at(e, p).x)) z.push_back(sample.at(e, p).z);
    sample.z.push_back(z.empty() ? kNone : quantile(z, 0.5));
  }
  return sample;
}

std::string at_plane(const char* what, int plane) { return std::string(what) + " plane " + std::to_string(plane); }

void count_hits(const Sample& sample, std::vector<Quantity>& out) {
  std::array<double, 4> kept_hits{}, all_hits{};
  std::vector<std::array<double, 4>> by_plane(sample.planes);
  for (const auto& hit : sample.hits) {
    const auto what = static_cast<std::size_t>(kind(hit));
    ++all_hits[what];
    if (!kept(hit)) continue;
    ++kept_hits[what];
    ++by_plane[static_cast<std::size_t>(hit.layer)][what];
  }
  const auto n = static_cast<double>(sample.events);
  const double primary = kept_hits[0];
  out.push_back({"hits per primary, cluster >= 2", (primary + kept_hits[1] + kept_hits[2] + kept_hits[3]) / n});
  out.push_back({"primary hits per primary", primary / n});
  out.push_back({"secondary p hits / 100 primary hits", 100 * kept_hits[1] / primary});
  out.push_back({"electron hits / 100 primary hits", 100 * kept_hits[2] / primary});
  out.push_back({"electron hits / 100, before cluster cut", 100 * all_hits[2] / all_hits[0]});
  out.push_back({"other (d, t, He, ions) / 100", 100 * kept_hits[3] / primary});
  for (const int plane : {0, 2, 10}) {
    if (static_cast<std::size_t>(plane) >= sample.planes) continue;
    const auto& here = by_plane[static_cast<std::size_t>(plane)];
    const double d = std::max(here[0], 1.0);
    out.push_back({at_plane("electrons / 100 primary hits,", plane), 100 * here[2] / d});
    out.push_back({at_plane("secondary p / 100 primary hits,", plane), 100 * here[1] / d});
  }
}

void look_at_planes(const Sample& sample, std::vector<Quantity>& out) {
  const auto events = static_cast<std::size_t>(sample.events);
  for (const int plane : {0, 1, 2, 5, 10, 15, 20, 22, 24, 26}) {
    const auto p = static_cast<std::size_t>(plane);
    if (p >= sample.planes) continue;
    std::vector<double> edep, x;
    double sum = 0.0;
    for (std::size_t e = 0; e < events; ++e) {
      const Point& here = sample.at(e, p);
      if (!std::isfinite(here.x)) continue;
      edep.push_back(1e3 * here.edep);
      sum += edep.back();
      x.push_back(std::abs(here.x));
      x.push_back(std::abs(here.y));
    }
    const auto n = static_cast<double>(edep.size());
    out.push_back({at_plane("alive at", plane) + " [%]", 100.0 * n / static_cast<double>(events)});
    if (plane > 20 || edep.size() < 30) continue;
    out.push_back({at_plane("edep mean [keV]", plane), sum / n});
    out.push_back({at_plane("edep 5 % [keV]", plane), quantile(edep, 0.05)});
    out.push_back({at_plane("edep median [keV]", plane), quantile(edep, 0.5)});
    out.push_back({at_plane("edep 95 % [keV]", plane), quantile(edep, 0.95)});
    out.push_back({at_plane("beam half width 68 % [mm]", plane), quantile(x, 0.68)});
    out.push_back({at_plane("beam half width 99 % [mm]", plane), quantile(x, 0.99)});
  }
}

/// Projected slopes of the segments from plane p to p + 1, x and y of each event one after the other.
std::vector<std::vector<double>> slopes(const Sample& sample) {
  const auto events = static_cast<std::size_t>(sample.events);
  std::vector<std::vector<double>> out(sample.planes, std::vector<double>(2 * events, kNone));
  for (std::size_t p = 0; p + 1 < sample.planes; ++p)
    for (std::size_t e = 0; e < events; ++e) {
      const Point &a = sample.at(e, p), &b = sample.at(e, p + 1);
      const double length = sample.z[p + 1] - sample.z[p];
      out[p][2 * e] = (b.x - a.x) / length;
      out[p][2 * e + 1] = (b.y - a.y) / length;
    }
  return out;
}

std::vector<double> sizes(const std::vector<double>& values) {
  std::vector<double> out;
  for (const double value : values)
    if (std::isfinite(value)) out.push_back(std::abs(value));
  return out;
}

void look_at_kinks(const Sample& sample, std::vector<Quantity>& out) {
  const auto angle = slopes(sample);
  if (sample.planes < 3) return;
  auto first = sizes(angle[0]);
  out.push_back({"slope 68 % [mrad] plane 0-1", 1e3 * quantile(first, 0.68)});
  out.push_back({"slope 95 % [mrad] plane 0-1", 1e3 * quantile(first, 0.95)});
  out.push_back({"slope 99 % [mrad] plane 0-1", 1e3 * quantile(first, 0.99)});
  std::vector<std::vector<double>> kinks(sample.planes);
  for (std::size_t p = 1; p + 1 < sample.planes; ++p)
    for (std::size_t i = 0; i < angle[p].size(); ++i) kinks[p].push_back(angle[p][i] - angle[p - 1][i]);
  for (const int plane : kPlanes) {
    const auto p = static_cast<std::size_t>(plane);
    if (plane == 0 || p + 1 >= sample.planes) continue;
    auto size = sizes(kinks[p]);
    if (size.size() < 100) continue;
    out.push_back({at_plane("kink 68 % [mrad]", plane), 1e3 * quantile(size, 0.68)});
    out.push_back({at_plane("kink 95 % [mrad]", plane), 1e3 * quantile(size, 0.95)});
    out.push_back({at_plane("kink 99 % [mrad]", plane), 1e3 * quantile(size, 0.99)});
  }
  double sum = 0.0, number = 0.0;
  for (std::size_t p = 3; p < 12 && p + 2 < sample.planes; ++p) {
    sum += correlation(kinks[p], kinks[p + 1], kSmallKink);
    ++number;
  }
  if (number > 0) out.push_back({"correlation of adjacent kinks, planes 3-11", sum / number});
}

/// Large kinks in space, and tracks with a segment that trackers reject.
void look_at_tails(const Sample& sample, std::vector<Quantity>& out) {
  double all = 0.0, large = 0.0, huge = 0.0, tracks = 0.0, steep = 0.0;
  for (std::size_t e = 0; e < static_cast<std::size_t>(sample.events); ++e) {
    std::size_t points = 0;
    bool rejected = false;
    std::array<double, 3> before{};
    bool have = false;
    for (std::size_t p = 0; p < sample.planes; ++p) {
      const Point& a = sample.at(e, p);
      points += std::isfinite(a.x);
      if (p + 1 == sample.planes) break;
      const Point& b = sample.at(e, p + 1);
      if (!std::isfinite(a.x) || !std::isfinite(b.x)) {
        have = false;
        continue;
      }
      std::array<double, 3> d{b.x - a.x, b.y - a.y, b.z - a.z};
      rejected |= std::atan(std::hypot(d[0], d[1]) / d[2]) > kSteep;
      const double norm = std::hypot(d[0], d[1], d[2]);
      for (auto& each : d) each /= norm;
      if (have && p <= kDeepestKink) {
        const double kink = std::acos(std::clamp(d[0] * before[0] + d[1] * before[1] + d[2] * before[2], -1.0, 1.0));
        ++all;
        large += kink > 0.1;
        huge += kink > 0.2;
      }
      before = d;
      have = true;
    }
    if (points <= 5) continue;
    ++tracks;
    steep += rejected;
  }
  out.push_back({"kinks above 0.1 rad [%], planes 1-14", 100 * large / all});
  out.push_back({"kinks above 0.2 rad [%], planes 1-14", 100 * huge / all});
  out.push_back({"tracks with a segment above 0.4 rad [%]", 100 * steep / tracks});
}

/// Secondary protons at the plane behind the last one of a primary that was lost on its way.
void look_at_continued(const Sample& sample, std::vector<Quantity>& out) {
  const auto events = static_cast<std::size_t>(sample.events);
  std::vector<int> last(events, -1);
  double lost = 0.0;
  for (std::size_t e = 0; e < events; ++e) {
    int deepest = -1;
    for (std::size_t p = 0; p < sample.planes; ++p)
      if (std::isfinite(sample.at(e, p).x)) deepest = static_cast<int>(p);
    if (deepest < 2 || deepest > kDeepestContinued) continue;
    if (!std::isfinite(sample.at(e, static_cast<std::size_t>(deepest) - 1).x)) continue;
    last[e] = deepest;
    ++lost;
  }
  double any = 0.0, small = 0.0, wide = 0.0;
  for (const auto& hit : sample.hits) {
    const auto e = static_cast<std::size_t>(hit.event);
    if (kind(hit) != Kind::Proton || last[e] < 0 || hit.layer != last[e] + 1) continue;
    const auto p = static_cast<std::size_t>(last[e]);
    const Point &a = sample.at(e, p - 1), &b = sample.at(e, p);
    const double kink = std::hypot((hit.x - b.x) / (hit.z - b.z) - (b.x - a.x) / (b.z - a.z),
                                   (hit.y - b.y) / (hit.z - b.z) - (b.y - a.y) / (b.z - a.z));
    ++any;
    small += kink < 0.1;
    wide += kink < 0.4;
  }
  out.push_back({"continuing secondary p / 100 lost primaries, all", 100 * any / lost});
  out.push_back({"continuing secondary p / 100 lost primaries, kink < 0.1", 100 * small / lost});
  out.push_back({"continuing secondary p / 100 lost primaries, kink < 0.4", 100 * wide / lost});
}

}  // namespace

std::vector<Quantity> transport_quantities(const event::Steps& steps, std::int64_t events) {
  const Sample sample = gather(steps, events);
  std::vector<Quantity> out;
  count_hits(sample, out);
  look_at_planes(sample, out);
  look_at_kinks(sample, out);
  look_at_tails(sample, out);
  look_at_continued(sample, out);
  return out;
}

}  // namespace difftrack::simulate
