// SPDX-License-Identifier: Apache-2.0
#include "difftrack/graph/build_hit_graph.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "difftrack/core/error.hpp"

namespace difftrack::graph {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// tan²(limit) for segments that start at a deep hit in this layer.
double squared_slope_limit(const HitGraphConfig& config, std::int32_t deep_layer) {
  const bool tracker = deep_layer > 0 && deep_layer <= config.last_tracker_deep_layer;
  const double slope = std::tan(tracker ? config.angles.max_angle_tracker : config.angles.max_angle_calorimeter);
  return slope * slope;
}

bool keeps(double dx, double dy, double dz, double slope2) { return dx * dx + dy * dy < slope2 * dz * dz; }

void check_positions(const event::Hits& hits) {
  for (std::size_t i = 0; i < hits.size(); ++i)
    if (!std::isfinite(hits.x[i]) || !std::isfinite(hits.y[i]) || !std::isfinite(hits.z[i]))
      throw core::InputError({"", "position of hit " + std::to_string(i), ""}, "must be finite");
}

/// Hits [begin, end) of one layer sorted into square cells.
class LayerCells {
 public:
  void fill(const event::Hits& hits, std::int32_t begin, std::int32_t end, double reach) {
    const auto n = at(end - begin);
    double x1 = hits.x[at(begin)], y1 = hits.y[at(begin)];
    x0_ = x1, y0_ = y1;
    for (auto i = at(begin); i < at(end); ++i) {
      x0_ = std::min(x0_, double{hits.x[i]}), x1 = std::max(x1, double{hits.x[i]});
      y0_ = std::min(y0_, double{hits.y[i]}), y1 = std::max(y1, double{hits.y[i]});
    }
    // Not more cells than a few per hit, however small the reach.
    const double most = std::ceil(std::sqrt(static_cast<double>(n))) * 2.0;
    const double cell = std::max({reach, (x1 - x0_) / most, (y1 - y0_) / most, 1e-12});
    inverse_ = 1.0 / cell;
    columns_ = 1 + static_cast<std::int32_t>((x1 - x0_) * inverse_);
    rows_ = 1 + static_cast<std::int32_t>((y1 - y0_) * inverse_);
    cell_begin_.assign(at(columns_) * at(rows_) + 1, 0);
    cell_of_.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      const auto h = at(begin) + i;
      cell_of_[i] = row(hits.y[h]) * columns_ + column(hits.x[h]);
      ++cell_begin_[at(cell_of_[i]) + 1];
    }
    for (std::size_t c = 1; c < cell_begin_.size(); ++c) cell_begin_[c] += cell_begin_[c - 1];
    next_.assign(cell_begin_.begin(), cell_begin_.end() - 1);
    sorted_.resize(n);
    for (std::size_t i = 0; i < n; ++i) sorted_[at(next_[at(cell_of_[i])]++)] = begin + static_cast<std::int32_t>(i);
  }

  /// Calls visit(hit) for all hits within `reach` of (x, y) in both coordinates, and some more.
  template <class Visit>
  void around(double x, double y, double reach, const Visit& visit) const {
    const auto c0 = column(x - reach), c1 = column(x + reach), r1 = row(y + reach);
    for (auto r = row(y - reach); r <= r1; ++r)
      for (auto k = cell_begin_[at(r * columns_ + c0)]; k < cell_begin_[at(r * columns_ + c1) + 1]; ++k)
        visit(sorted_[at(k)]);
  }

 private:
  std::int32_t column(double x) const { return cell_index((x - x0_) * inverse_, columns_); }
  std::int32_t row(double y) const { return cell_index((y - y0_) * inverse_, rows_); }
  static std::int32_t cell_index(double position, std::int32_t n) {
    return static_cast<std::int32_t>(std::clamp(position, 0.0, static_cast<double>(n - 1)));
  }

  double x0_ = 0, y0_ = 0, inverse_ = 0;
  std::int32_t columns_ = 0, rows_ = 0;
  std::vector<std::int32_t> cell_begin_, cell_of_, next_, sorted_;
};

void add_segment(const event::Hits& hits, std::int32_t deep, std::int32_t shallow, HitGraph& graph) {
  const double dx = double{hits.x[at(shallow)]} - hits.x[at(deep)];
  const double dy = double{hits.y[at(shallow)]} - hits.y[at(deep)];
  const double dz = double{hits.z[at(shallow)]} - hits.z[at(deep)];
  const double inverse = 1.0 / std::sqrt(dx * dx + dy * dy + dz * dz);
  graph.deep.push_back(deep);
  graph.shallow.push_back(shallow);
  graph.ux.push_back(static_cast<float>(dx * inverse));
  graph.uy.push_back(static_cast<float>(dy * inverse));
  graph.uz.push_back(static_cast<float>(dz * inverse));
}

/// Fills the segment lists per hit from `deep` and `shallow`, which are in the final order.
void index_segments(std::size_t n_hits, HitGraph& graph) {
  graph.start_begin.assign(n_hits + 1, 0);
  graph.end_begin.assign(n_hits + 1, 0);
  for (std::size_t s = 0; s < graph.size(); ++s) {
    ++graph.start_begin[at(graph.deep[s]) + 1];
    ++graph.end_begin[at(graph.shallow[s]) + 1];
  }
  for (std::size_t h = 0; h < n_hits; ++h) {
    graph.start_begin[h + 1] += graph.start_begin[h];
    graph.end_begin[h + 1] += graph.end_begin[h];
  }
  std::vector<std::int32_t> next(graph.end_begin.begin(), graph.end_begin.end() - 1);
  graph.end_segment.resize(graph.size());
  for (std::size_t s = 0; s < graph.size(); ++s)
    graph.end_segment[at(next[at(graph.shallow[s])]++)] = static_cast<std::int32_t>(s);
}

/// The walk over layer pairs that both ways of searching share. `prepare(deep_begin, deep_end, shallow_end, slope2)`
/// is called once per pair, `candidates(deep, shallow_begin, shallow_end, slope2, found)` once per deep hit: it
/// appends the shallow hits kept to `found`, in ascending order.
template <class Prepare, class Candidates>
HitGraph build(const event::Frame& frame, const HitGraphConfig& config, Prepare&& prepare, Candidates&& candidates) {
  core::check_fields(config, "hit graph");
  check_positions(frame.hits);
  HitGraph graph;
  const auto n_layers = frame.n_layers();
  std::vector<std::int32_t> found;
  if (n_layers > 0) graph.pair_begin.push_back(0);
  for (std::int32_t p = 0; p + 1 < n_layers; ++p) {
    const double slope2 = squared_slope_limit(config, n_layers - 1 - p);
    const auto deep_begin = frame.group_begin[at(p)], deep_end = frame.group_begin[at(p) + 1];
    const auto shallow_end = frame.group_begin[at(p) + 2];
    if (deep_begin < deep_end && deep_end < shallow_end) prepare(deep_begin, deep_end, shallow_end, slope2);
    for (auto deep = deep_begin; deep < deep_end && deep_end < shallow_end; ++deep) {
      found.clear();
      candidates(deep, deep_end, shallow_end, slope2, found);
      if (static_cast<std::int64_t>(graph.size() + found.size()) > config.max_segments)
        throw core::InputError(
            {"", "frame " + std::to_string(frame.index), std::to_string(frame.hits.size()) + " hits"},
            "has more than " + std::to_string(config.max_segments) +
                " segments between adjacent layers; put fewer events into a frame");
      for (const auto shallow : found) add_segment(frame.hits, deep, shallow, graph);
    }
    graph.pair_begin.push_back(static_cast<std::int32_t>(graph.size()));
  }
  index_segments(frame.hits.size(), graph);
  return graph;
}

}  // namespace

HitGraph build_hit_graph(const event::Frame& frame, const HitGraphConfig& config) {
  const auto& hits = frame.hits;
  LayerCells cells;
  double reach = 0.0;
  const auto prepare = [&](std::int32_t begin, std::int32_t middle, std::int32_t end, double slope2) {
    const auto [deep_low, deep_high] = std::minmax_element(hits.z.begin() + begin, hits.z.begin() + middle);
    const auto [low, high] = std::minmax_element(hits.z.begin() + middle, hits.z.begin() + end);
    const double dz = std::max(std::abs(double{*deep_high} - *low), std::abs(double{*high} - *deep_low));
    reach = std::sqrt(slope2) * dz * (1.0 + 1e-9);
    cells.fill(hits, middle, end, reach);
  };
  return build(frame, config, prepare,
               [&](std::int32_t deep, std::int32_t, std::int32_t, double slope2, std::vector<std::int32_t>& found) {
                 const double x = hits.x[at(deep)], y = hits.y[at(deep)], z = hits.z[at(deep)];
                 cells.around(x, y, reach, [&](std::int32_t shallow) {
                   if (keeps(hits.x[at(shallow)] - x, hits.y[at(shallow)] - y, hits.z[at(shallow)] - z, slope2))
                     found.push_back(shallow);
                 });
                 std::sort(found.begin(), found.end());
               });
}

WidenedGraph widen_hit_graph(const event::Frame& frame, const HitGraph& graph, const HitGraphConfig& wider,
                             std::span<const std::uint8_t> open_down, std::span<const std::uint8_t> open_up) {
  core::check_fields(wider, "hit graph");
  const auto& hits = frame.hits;
  const auto n_layers = frame.n_layers();
  WidenedGraph result;
  HitGraph& wide = result.graph;
  result.place.reserve(graph.size());
  result.gained.assign(at(std::max(0, n_layers - 1)), 0);
  if (n_layers > 0) wide.pair_begin.push_back(0);
  const auto keep = [&](std::int32_t s) {
    result.place.push_back(static_cast<std::int32_t>(wide.size()));
    wide.deep.push_back(graph.deep[at(s)]);
    wide.shallow.push_back(graph.shallow[at(s)]);
    wide.ux.push_back(graph.ux[at(s)]);
    wide.uy.push_back(graph.uy[at(s)]);
    wide.uz.push_back(graph.uz[at(s)]);
  };
  std::vector<std::int32_t> open;  // hits of the shallower layer
  for (std::int32_t layer = n_layers - 2; layer >= 0; --layer) {
    const double slope2 = squared_slope_limit(wider, layer + 1);
    open.clear();
    for (auto a = frame.begin(layer); a < frame.end(layer); ++a)
      if (open_down[at(a)]) open.push_back(a);
    for (auto b = frame.begin(layer + 1); b < frame.end(layer + 1); ++b) {
      std::int32_t s = graph.start_begin[at(b)];
      const std::int32_t end = graph.start_begin[at(b) + 1];
      for (const std::int32_t a :
           open_up[at(b)] ? std::span<const std::int32_t>(open) : std::span<const std::int32_t>{}) {
        while (s < end && graph.shallow[at(s)] < a) keep(s++);
        if (s < end && graph.shallow[at(s)] == a) continue;
        const double dx = double{hits.x[at(a)]} - hits.x[at(b)], dy = double{hits.y[at(a)]} - hits.y[at(b)],
                     dz = double{hits.z[at(a)]} - hits.z[at(b)];
        if (!keeps(dx, dy, dz, slope2)) continue;
        add_segment(hits, b, a, wide);
        result.gained[at(layer)] = 1;
      }
      while (s < end) keep(s++);
    }
    wide.pair_begin.push_back(static_cast<std::int32_t>(wide.size()));
  }
  index_segments(hits.size(), wide);
  return result;
}

HitGraph with_segments(const HitGraph& graph, std::span<const std::uint8_t> keep, std::size_t n_hits) {
  HitGraph kept;
  std::size_t pair = 0;
  for (std::size_t s = 0; s <= graph.size(); ++s) {
    while (pair < graph.pair_begin.size() && at(graph.pair_begin[pair]) == s) {
      kept.pair_begin.push_back(static_cast<std::int32_t>(kept.size()));
      ++pair;
    }
    if (s == graph.size() || !keep[s]) continue;
    kept.deep.push_back(graph.deep[s]);
    kept.shallow.push_back(graph.shallow[s]);
    kept.ux.push_back(graph.ux[s]);
    kept.uy.push_back(graph.uy[s]);
    kept.uz.push_back(graph.uz[s]);
    if (graph.is_gated()) kept.widest_chord2.push_back(graph.widest_chord2[s]);
  }
  index_segments(n_hits, kept);
  return kept;
}

HitGraph build_hit_graph_all_pairs(const event::Frame& frame, const HitGraphConfig& config) {
  const auto& hits = frame.hits;
  return build(
      frame, config, [](std::int32_t, std::int32_t, std::int32_t, double) {},
      [&](std::int32_t deep, std::int32_t begin, std::int32_t end, double slope2, std::vector<std::int32_t>& found) {
        const double x = hits.x[at(deep)], y = hits.y[at(deep)], z = hits.z[at(deep)];
        for (auto shallow = begin; shallow < end; ++shallow)
          if (keeps(hits.x[at(shallow)] - x, hits.y[at(shallow)] - y, hits.z[at(shallow)] - z, slope2))
            found.push_back(shallow);
      });
}

}  // namespace difftrack::graph
