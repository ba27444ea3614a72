// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/pixels/cluster_pixels.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "difftrack/detector/pixels/chip_alignment.hpp"
#include "difftrack/detector/pixels/pixel_geometry.hpp"
#include "difftrack/detector/pixels/pixel_order.hpp"

namespace difftrack::detector {
namespace {

constexpr double kSizeScale = 4.2267, kSizePower = 0.65, kSizeEnergy = 0.025;  // [1, 1, MeV] docs/method.md section 1

/// What one particle left in a cluster.
struct Share {
  std::size_t pixel;  ///< a row of Pixels with this particle's truth columns
  double edep;
  std::int32_t pixels;
};

/// Sums shares by particle, in the order of the pixels; returns the row of the strongest.
std::size_t strongest_particle(const event::Pixels& pixels, const std::uint32_t* first, const std::uint32_t* last,
                               std::vector<Share>& shares) {
  shares.clear();
  for (const std::uint32_t* p = first; p != last; ++p) {
    const std::size_t r = *p;
    const auto same = std::find_if(shares.begin(), shares.end(), [&](const Share& s) {
      return pixels.event[s.pixel] == pixels.event[r] &&
             (pixels.particle.empty() || pixels.particle[s.pixel] == pixels.particle[r]);
    });
    const double edep = pixels.edep.empty() ? 0.0 : static_cast<double>(pixels.edep[r]);
    if (same == shares.end()) {
      shares.push_back({r, edep, 1});
    } else {
      same->edep += edep;
      ++same->pixels;
    }
  }
  const auto best = std::max_element(shares.begin(), shares.end(), [](const Share& a, const Share& b) {
    return a.edep != b.edep ? a.edep < b.edep : a.pixels < b.pixels;
  });
  return best->pixel;
}

/// Whether pixels of two events or more are among the shares; noise is no event.
bool is_mixed(const event::Pixels& pixels, const std::vector<Share>& shares) {
  std::int64_t first = -1;
  for (const Share& share : shares) {
    const std::int64_t event = pixels.event[share.pixel];
    if (event < 0) continue;
    if (first >= 0 && event != first) return true;
    first = event;
  }
  return false;
}

/// A primary that is in a cluster.
struct Guest {
  std::int64_t event;
  std::int32_t pixels;
};

/// The primaries in a cluster besides the particle of row `named`, in the order of the pixels (ClusterPixels).
void find_guests(const event::Pixels& pixels, const std::uint32_t* first, const std::uint32_t* last, std::size_t named,
                 std::vector<Guest>& guests) {
  guests.clear();
  const std::int64_t host = pixels.parent[named] == 0 ? pixels.event[named] : -1;
  const auto add = [&](std::int64_t event) {
    if (event < 0 || event == host) return;
    const auto same = std::find_if(guests.begin(), guests.end(), [&](const Guest& g) { return g.event == event; });
    if (same == guests.end())
      guests.push_back({event, 1});
    else
      ++same->pixels;
  };
  for (const std::uint32_t* p = first; p != last; ++p) {
    if (pixels.parent[*p] == 0) add(pixels.event[*p]);
    if (!pixels.second_event.empty()) add(pixels.second_event[*p]);
  }
}

/// That in most pixels; -1: none.
std::int64_t strongest_guest(const std::vector<Guest>& guests) {
  const auto best = std::max_element(guests.begin(), guests.end(),
                                     [](const Guest& a, const Guest& b) { return a.pixels < b.pixels; });
  return best == guests.end() ? -1 : best->event;
}

void append_truth(event::Hits& hits, const event::Pixels& pixels, std::size_t row, bool mixed) {
  const std::int64_t event = pixels.event[row];
  hits.mixed.push_back(mixed ? 1 : 0);
  hits.event.push_back(event);
  if (!pixels.particle.empty()) hits.particle.push_back(pixels.particle[row]);
  if (!pixels.pdg.empty()) hits.pdg.push_back(pixels.pdg[row]);
  if (!pixels.parent.empty()) hits.primary.push_back(event >= 0 && pixels.parent[row] == 0);
}

/// Rows of the pixels sorted by (label, order): cluster c holds [begin[c], begin[c + 1]).
struct ClusterRows {
  std::vector<std::int64_t> begin;
  std::vector<std::uint32_t> row;
};

ClusterRows group_by_label(const PixelOrder& order, const std::vector<std::int32_t>& labels) {
  ClusterRows clusters;
  const std::int32_t n = labels.empty() ? 0 : *std::max_element(labels.begin(), labels.end()) + 1;
  clusters.begin.assign(static_cast<std::size_t>(n) + 1, 0);
  for (const std::int32_t label : labels) ++clusters.begin[static_cast<std::size_t>(label) + 1];
  std::partial_sum(clusters.begin.begin(), clusters.begin.end(), clusters.begin.begin());
  std::vector<std::int64_t> next(clusters.begin.begin(), clusters.begin.end() - 1);
  clusters.row.resize(labels.size());
  for (const std::uint32_t row : order.row) {
    auto& slot = next[static_cast<std::size_t>(labels[row])];
    clusters.row[static_cast<std::size_t>(slot++)] = row;
  }
  return clusters;
}

}  // namespace

double mean_cluster_size(double edep) { return kSizeScale * std::pow(edep / kSizeEnergy, kSizePower); }
double edep_of_cluster_size(double n) { return kSizeEnergy * std::pow(n / kSizeScale, 1.0 / kSizePower); }

ClusterPixels::ClusterPixels(const Config& config) : config_(config) { core::check_fields(config, ""); }

FramedHits ClusterPixels::operator()(const event::Pixels& pixels, const Detector& detector) const {
  const PixelGeometry geometry(detector.pixels, config_.chip_layout ? PixelLayout::Chips : PixelLayout::Spread);
  const ChipAlignment alignment(detector, geometry);
  const PixelOrder order = order_pixels(pixels, detector, config_.threads);
  const std::vector<std::int32_t> labels =
      label_clusters(order, detector, {config_.connectivity, config_.across_chips}, config_.threads);
  const ClusterRows clusters = group_by_label(order, labels);
  const std::int32_t min_size =
      config_.min_cluster_size >= 0 ? config_.min_cluster_size : detector.thresholds.min_cluster_size;
  const bool pixel_energy = config_.use_pixel_energy && !pixels.edep.empty();

  FramedHits out;
  for (std::size_t f = 0; f + 1 < order.frame_begin.size(); ++f)
    out.readouts.push_back(pixels.frame[order.row[static_cast<std::size_t>(order.frame_begin[f])]]);
  std::vector<Share> shares;
  std::vector<Guest> guests;
  for (std::size_t c = 0; c + 1 < clusters.begin.size(); ++c) {
    const std::uint32_t* first = clusters.row.data() + clusters.begin[c];
    const std::uint32_t* last = clusters.row.data() + clusters.begin[c + 1];
    double x = 0.0, y = 0.0, edep = 0.0;
    std::int32_t size = 0;
    for (const std::uint32_t* p = first; p != last; ++p) {
      if (pixel_energy) edep += static_cast<double>(pixels.edep[*p]);
      const bool repeated =
          p != first && pixels.row[*p] == pixels.row[p[-1]] && pixels.column[*p] == pixels.column[p[-1]];
      if (repeated) continue;
      x += geometry.x.centre(pixels.column[*p]);
      y += geometry.y.centre(pixels.row[*p]);
      ++size;
    }
    if (size < min_size) {
      ++out.small;
      continue;
    }
    const std::int32_t layer = pixels.layer[*first];
    out.frame.push_back(pixels.frame[*first]);
    const PlanePoint at = alignment.to_true(layer, geometry.x.chip(pixels.column[*first]),
                                            geometry.y.chip(pixels.row[*first]), {x / size, y / size});
    out.hits.x.push_back(static_cast<float>(at.x));
    out.hits.y.push_back(static_cast<float>(at.y));
    out.hits.z.push_back(static_cast<float>(detector.layers[static_cast<std::size_t>(layer)].sensitive_z));
    out.hits.edep.push_back(static_cast<float>(pixel_energy ? edep : edep_of_cluster_size(size)));
    out.hits.layer.push_back(layer);
    out.hits.cluster_size.push_back(size);
    out.hits.id.push_back(static_cast<std::int64_t>(out.hits.id.size()));
    if (!pixels.has_truth()) continue;
    const std::size_t strongest = strongest_particle(pixels, first, last, shares);
    append_truth(out.hits, pixels, strongest, is_mixed(pixels, shares));
    if (pixels.parent.empty()) continue;
    find_guests(pixels, first, last, strongest, guests);
    out.hits.second_event.push_back(strongest_guest(guests));
    out.crowded += guests.size() + (out.hits.primary.back() != 0 ? 1U : 0U) > 2;
  }
  return out;
}

}  // namespace difftrack::detector
