// SPDX-License-Identifier: Apache-2.0
// The message network R1 in training, forward and backward, for one SIMD target.
#if defined(DIFFTRACK_NETWORK_KERNELS_TRAINING_EDGES_INL_) == defined(HWY_TARGET_TOGGLE)
#ifdef DIFFTRACK_NETWORK_KERNELS_TRAINING_EDGES_INL_
#undef DIFFTRACK_NETWORK_KERNELS_TRAINING_EDGES_INL_
#else
#define DIFFTRACK_NETWORK_KERNELS_TRAINING_EDGES_INL_
#endif

#include <hwy/highway.h>

#include <array>
#include <cmath>
#include <limits>

#include "difftrack/network/kernels/angle_table.hpp"
#include "difftrack/network/kernels/training_nodes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace difftrack::network::kernels {
namespace HWY_NAMESPACE {

constexpr int kEdges = 128;  // per block; its activations stay in the L1 cache at hidden 16

/// Activations of one block of edges.
template <int H>
struct EdgeBlock {
  HermiteBlock<kEdges + kLanes> hermite;
  HWY_ALIGN float first[(kEdges + 8) * H];   ///< after the first LeakyReLU
  HWY_ALIGN float second[(kEdges + 8) * H];  ///< after the second
  HWY_ALIGN float outer[(kEdges + 8) * H];   ///< gradient of the message, or of the second layer's output
  HWY_ALIGN float inner[(kEdges + 8) * H];   ///< gradient of the second layer's output, or of the first's
};

/// Drops what the gate of `from` does not leave of kinks [next, next + count), squared chords in `theta`; returns how
/// many are left.
inline std::size_t KeepGated(float widest, std::size_t next, std::size_t count, TrainingWorkspace::Buffers& b) {
  std::size_t kept = 0;
  for (std::size_t i = next; i < next + count; ++i) {
    b.to[next + kept] = b.to[i];
    b.theta[next + kept] = b.theta[i];
    kept += b.theta[i] <= widest ? 1 : 0;
  }
  return kept;
}

/// Fills `from`, `to` and the angle of every kink.
inline void ListKinks(const LineGraphView& view, TrainingWorkspace::Buffers& b) {
  constexpr Tag d;
  constexpr IntTag di;
  b.n_kinks = 0;
  for (std::int32_t h = 0; h < view.n_hits; ++h)
    b.n_kinks += static_cast<std::size_t>(view.end_begin[h + 1] - view.end_begin[h]) *
                 static_cast<std::size_t>(view.start_begin[h + 1] - view.start_begin[h]);
  const std::size_t room = b.n_kinks + kEdges;  // whole vectors are read and written past the end
  b.from.resize(room), b.to.resize(room), b.theta.resize(room);
  std::size_t next = 0;
  for (std::int32_t h = 0; h < view.n_hits; ++h)
    for (std::int32_t k = view.end_begin[h]; k < view.end_begin[h + 1]; ++k) {
      const std::int32_t from = view.end_segment[k];
      const float ux = view.ux[from], uy = view.uy[from], uz = view.uz[from];
      const std::int32_t end = view.start_begin[h + 1];
      for (std::int32_t to = view.start_begin[h]; to < end; to += kLanes) {
        const auto count = static_cast<std::size_t>(end - to < kLanes ? end - to : kLanes);
        hn::StoreU(hn::Set(di, from), di, b.from.data() + next);
        hn::StoreU(hn::Iota(di, to), di, b.to.data() + next);
        for (std::size_t i = 0; i < count; ++i) {
          const std::size_t s = static_cast<std::size_t>(to) + i;
          const float dx = ux - view.ux[s], dy = uy - view.uy[s], dz = uz - view.uz[s];
          b.theta[next + i] = dx * dx + dy * dy + dz * dz;
        }
        next += view.widest_chord2 ? KeepGated(view.widest_chord2[from], next, count, b) : count;
      }
    }
  b.n_kinks = next;  // a gate leaves fewer than meet
  for (std::size_t i = b.n_kinks; i < room; ++i) b.theta[i] = 0.0F;
  float largest = 0.0F;
  for (std::size_t i = 0; i < b.n_kinks; i += kLanes) {
    if (!view.theta) hn::StoreU(AngleOfChord(hn::LoadU(d, b.theta.data() + i)), d, b.theta.data() + i);
    for (std::size_t l = i; l < std::min(i + kLanes, b.n_kinks); ++l) {
      if (view.theta) b.theta[l] = view.theta[l];
      largest = std::max(largest, b.theta[l]);
    }
  }
  b.table_rows = AngleGrid::nodes_up_to(std::sqrt(largest));
}

/// Edges of a block in their order.
struct Consecutive {
  std::size_t first;
  HWY_INLINE std::size_t operator()(int r) const { return first + static_cast<std::size_t>(r); }
};
/// Edges of a block by a list.
struct Listed {
  const std::int32_t* HWY_RESTRICT edge;
  HWY_INLINE std::size_t operator()(int r) const { return static_cast<std::size_t>(edge[r]); }
};

/// HELD: LeakyReLU and the maxima stay on the piece that buffers.held notes.
template <int H, bool HELD>
struct EdgePass {
  using Sides = LeakySides<H, HELD>;
  const TrainingArguments& a;
  TrainingWorkspace::Buffers& b = *a.buffers;
  const std::size_t n = static_cast<std::size_t>(a.view->n_segments);
  const double rows = 2.0 * static_cast<double>(b.n_kinks);
  const Sides first_sides = SidesOf(0), second_sides = SidesOf(1);
  EdgeBlock<H> block{};

  /// LeakyReLU behind the first or second layer.
  Sides SidesOf(std::size_t at) const {
    if constexpr (HELD)
      return {b.held->edges[at].data()};
    else
      return {};
  }

  static constexpr int kKinks = kEdges / 2;
  /// body(first kink, number of kinks) over blocks; edge 2 i of a block goes to `to`, edge 2 i + 1 to `from`.
  template <class Body>
  HWY_INLINE void ForKinks(const Body& body) {
    for (std::size_t begin = 0; begin < b.n_kinks; begin += kKinks)
      body(begin, static_cast<int>(std::min<std::size_t>(kKinks, b.n_kinks - begin)));
  }

  // ---- forward ----

  /// Statistics of the first BatchNorm's 144 columns: features weighted by the number of edges, encoding by histogram.
  FixedNorm FirstNorm() {
    constexpr std::size_t kColumns = 16 + kEncoding;
    std::vector<double> mean(kColumns, 0.0), var(kColumns, 0.0);
    if (b.mode == BatchNormMode::Frame) {
      std::vector<double> degree(n, 0.0), histogram(static_cast<std::size_t>(b.table_rows) * 2 + 4, 0.0);
      for (std::size_t k = 0; k < b.n_kinks; ++k) {
        degree[static_cast<std::size_t>(b.from[k])] += 1.0;
        degree[static_cast<std::size_t>(b.to[k])] += 1.0;
      }
      for (std::size_t f = 0; f < 8; ++f) {
        for (std::size_t s = 0; s < n; ++s) mean[f] += degree[s] * static_cast<double>(a.view->features[s * 8 + f]);
        mean[f] /= rows;
        for (std::size_t s = 0; s < n; ++s) {
          const double off = static_cast<double>(a.view->features[s * 8 + f]) - mean[f];
          var[f] += degree[s] * off * off;
        }
        var[f] /= rows;
        mean[8 + f] = mean[f], var[8 + f] = var[f];  // each segment sends as many messages as it receives
      }
      ForKinks([&](std::size_t begin, int count) HWY_ATTR {
        block.hermite.Fill(b.theta.data() + begin, count);
        for (int i = 0; i < count; ++i) {
          double* at = histogram.data() + 2 * static_cast<std::size_t>(block.hermite.bin[i]);
          at[0] += static_cast<double>(block.hermite.value0[i]);
          at[1] += static_cast<double>(block.hermite.slope0[i]);
          at[2] += static_cast<double>(block.hermite.value1[i]);
          at[3] += static_cast<double>(block.hermite.slope1[i]);
        }
      });
      encoding_statistics(histogram.data(), b.table_rows, static_cast<double>(b.n_kinks), mean.data() + 16,
                          var.data() + 16);
    }
    return choose_norm(b, b.layout.steps[0].relational.norm[0], a.parameters, a.statistics, mean, var, rows);
  }

  /// Folds the first layer: table over θ and projections of every segment.
  void FirstLayer() {
    constexpr Tag d;
    const auto& slices = b.layout.steps[0].relational;
    b.first_norm[0] = FirstNorm();
    auto folded = fold(slices.linear[0], b.first_norm[0], a.parameters);
    fold_mean(folded, b.first_norm[0], 16);
    b.to_weight = transposed(folded, 0, 8);
    b.from_weight = transposed(folded, 8, 16);
    std::vector<double> encoding(H * kEncoding);
    for (std::size_t c = 0; c < H; ++c)
      std::copy_n(folded.weight.data() + c * (16 + kEncoding) + 16, kEncoding, encoding.data() + c * kEncoding);
    const auto table_rows = static_cast<std::size_t>(b.table_rows);
    b.table.resize(table_rows * 2 * H);
    tabulate_encoding(H, encoding.data(), b.table_rows, b.table.data());
    for (std::size_t i = 0; i < table_rows; ++i)
      for (std::size_t c = 0; c < H; ++c) b.table[i * 2 * H + c] += static_cast<float>(folded.bias[c]);

    b.projection.resize(n * 2 * H);
    std::array<float, 16> centre{};
    for (std::size_t k = 0; k < 16; ++k) centre[k] = static_cast<float>(b.first_norm[0].mean[k]);
    for (std::size_t s = 0; s < n; ++s) {
      const float* HWY_RESTRICT x = a.view->features + s * 8;
      for (int v = 0; v < kVectors<H>; ++v) {
        const auto c = static_cast<std::size_t>(v * kLanes);
        Vec to = hn::Zero(d), from = hn::Zero(d);
        for (std::size_t k = 0; k < 8; ++k) {
          to = hn::MulAdd(hn::LoadU(d, b.to_weight.data() + k * H + c), hn::Set(d, x[k] - centre[k]), to);
          from = hn::MulAdd(hn::LoadU(d, b.from_weight.data() + k * H + c), hn::Set(d, x[k] - centre[8 + k]), from);
        }
        hn::StoreU(to, d, b.projection.data() + s * 2 * H + c);
        hn::StoreU(from, d, b.projection.data() + s * 2 * H + H + c);
      }
    }
  }

  /// block.first for both directions of `count` kinks.
  HWY_INLINE void First(std::size_t begin, int count) {
    constexpr Tag d;
    block.hermite.Fill(b.theta.data() + begin, count);
    const float* HWY_RESTRICT table = b.table.data();
    const float* HWY_RESTRICT projection = b.projection.data();
    for (int i = 0; i < count; ++i) {
      const auto k = begin + static_cast<std::size_t>(i);
      const float* HWY_RESTRICT from = projection + static_cast<std::size_t>(b.from[k]) * 2 * H;
      const float* HWY_RESTRICT to = projection + static_cast<std::size_t>(b.to[k]) * 2 * H;
      for (int v = 0; v < kVectors<H>; ++v) {
        const int c = v * kLanes;
        const Vec t = Interpolate<H>(block.hermite, i, table, v);
        const Vec forth = hn::Add(hn::Add(hn::LoadU(d, to + c), hn::LoadU(d, from + H + c)), t);
        const Vec back = hn::Add(hn::Add(hn::LoadU(d, from + c), hn::LoadU(d, to + H + c)), t);
        hn::Store(first_sides.Activate(2 * k, v, forth), d, block.first + 2 * i * H + c);
        hn::Store(first_sides.Activate(2 * k + 1, v, back), d, block.first + (2 * i + 1) * H + c);
      }
    }
  }

  /// block.second of `edges` edges from block.first; row r is edge edge_of(r).
  template <class Edges>
  HWY_INLINE void Second(int edges, Edges edge_of) {
    float* HWY_RESTRICT out = block.second;
    const Sides sides = second_sides;
    MultiplyRows<H, H>(block.first, H, edges, b.edge_layer[0].weight.data(), b.edge_layer[0].bias.data(),
                       [out, sides, edge_of](int r, int v, Vec z)
                           HWY_ATTR { hn::Store(sides.Activate(edge_of(r), v, z), Tag{}, out + r * H + v * kLanes); });
  }

  void Forward() {
    b.maximum.assign((n + 8) * H, -std::numeric_limits<float>::infinity());
    if constexpr (HELD)
      b.best = b.held->best;
    else
      b.best.assign((n + 8) * H, -1);
    if (b.n_kinks > 0) {
      FirstLayer();
      const auto& slices = b.layout.steps[0].relational;
      std::vector<double> mean, var;
      if (b.mode == BatchNormMode::Frame) {
        ColumnStatistics<H> columns;
        ForKinks([&](std::size_t begin, int count) HWY_ATTR {
          First(begin, count);
          columns.Add(block.first, H, 2 * count);
        });
        columns.Finish(mean, var);
      }
      b.edge_layer[0] =
          make_layer(slices.linear[1], choose_norm(b, slices.norm[1], a.parameters, a.statistics, mean, var, rows),
                     a.parameters, 0);
      if (b.mode == BatchNormMode::Frame) {
        ColumnStatistics<H> columns;
        ForKinks([&](std::size_t begin, int count) HWY_ATTR {
          First(begin, count);
          Second(2 * count, Consecutive{2 * begin});
          columns.Add(block.second, H, 2 * count);
        });
        columns.Finish(mean, var);
      }
      b.edge_layer[1] =
          make_layer(slices.linear[2], choose_norm(b, slices.norm[2], a.parameters, a.statistics, mean, var, rows),
                     a.parameters, 0);
      Messages();
    }
    for (std::size_t i = 0; i < n * H; ++i)
      if (b.best[i] < 0) b.maximum[i] = 0.0F;
  }

  /// Notes the sides and winners of the last forward pass.
  void Record(ActivationPattern& pattern) {
    pattern.best = b.best;
    for (auto& sides : pattern.edges) sides.assign(ActivationPattern::bytes_for(2 * b.n_kinks, H), 0);
    ForKinks([&](std::size_t begin, int count) HWY_ATTR {
      First(begin, count);
      Second(2 * count, Consecutive{2 * begin});
      NoteNegative<H>(block.first, 2 * static_cast<std::size_t>(count), 2 * begin, pattern.edges[0].data());
      NoteNegative<H>(block.second, 2 * static_cast<std::size_t>(count), 2 * begin, pattern.edges[1].data());
    });
  }

  /// The message of an edge becomes the maximum of the channels that the edge won.
  static HWY_INLINE void KeepWinner(Vec message, const std::int32_t* best, std::int32_t edge, float* maximum) {
    constexpr Tag d;
    constexpr IntTag di;
    const auto won = hn::RebindMask(d, hn::Eq(hn::LoadU(di, best), hn::Set(di, edge)));
    hn::StoreU(hn::IfThenElse(won, message, hn::LoadU(d, maximum)), d, maximum);
  }

  /// Maxima of the incoming messages and the edges they come from; HELD: the messages of the edges that won.
  void Messages() {
    ForKinks([&](std::size_t begin, int count) HWY_ATTR {
      First(begin, count);
      Second(2 * count, Consecutive{2 * begin});
      const std::int32_t* HWY_RESTRICT target[2] = {b.to.data() + begin, b.from.data() + begin};
      float* maxima = b.maximum.data();
      std::int32_t* bests = b.best.data();
      const int edges = 2 * count;
      const auto first_edge = static_cast<std::int32_t>(2 * begin);
      MultiplyRows<H, H>(
          block.second, H, edges, b.edge_layer[1].weight.data(), b.edge_layer[1].bias.data(),
          [&target, maxima, bests, edges, first_edge](int r, int v, Vec message) HWY_ATTR {
            constexpr Tag d;
            constexpr IntTag di;
            if (r >= edges) return;
            const auto at = static_cast<std::size_t>(target[r & 1][r >> 1]) * H + static_cast<std::size_t>(v * kLanes);
            const Vec old = hn::LoadU(d, maxima + at);
            if constexpr (HELD) return KeepWinner(message, bests + at, first_edge + r, maxima + at);
            const auto larger = hn::Gt(message, old);
            hn::StoreU(hn::IfThenElse(larger, message, old), d, maxima + at);
            hn::StoreU(
                hn::IfThenElse(hn::RebindMask(di, larger), hn::Set(di, first_edge + r), hn::LoadU(di, bests + at)), di,
                bests + at);
          });
    });
  }

  // ---- backward ----

  struct Sums {
    std::vector<double> moments = std::vector<double>(H * H, 0.0), sums = std::vector<double>(H, 0.0);
  };

  /// Adds vector v of dz at the ends and in the table for one edge.
  HWY_INLINE void ScatterEdge(std::int32_t target, std::int32_t source, int v, Vec dz) {
    constexpr Tag d;
    float* to = b.grad_projection.data() + static_cast<std::size_t>(target) * 2 * H + v * kLanes;
    float* from = b.grad_projection.data() + static_cast<std::size_t>(source) * 2 * H + H + v * kLanes;
    hn::StoreU(hn::Add(hn::LoadU(d, to), dz), d, to);
    hn::StoreU(hn::Add(hn::LoadU(d, from), dz), d, from);
  }
  HWY_INLINE void ScatterTable(int i, int v, Vec dz) {
    constexpr Tag d;
    float* row = b.grad_table.data() + static_cast<std::size_t>(block.hermite.bin[i]) * 2 * H + v * kLanes;
    const float weights[4] = {block.hermite.value0[i], block.hermite.slope0[i], block.hermite.value1[i],
                              block.hermite.slope1[i]};
    for (int j = 0; j < 4; ++j)
      hn::StoreU(hn::MulAdd(hn::Set(d, weights[j]), dz, hn::LoadU(d, row + j * H)), d, row + j * H);
  }

  /// Edges that won a maximum: (target, source, their number, θ).
  struct SparseEdges {
    std::array<std::int32_t, kEdges + 8> target{}, source{}, edge{};
    HWY_ALIGN float theta[kEdges + kLanes] = {};
    int count = 0;
  };

  /// Appends the distinct winning edges of segment s, at most H, and the gradients of their messages to block.outer.
  void Collect(std::size_t s, SparseEdges& edges) {
    const std::int32_t* best = b.best.data() + s * H;
    const float* gradient = b.grad_maximum.data() + s * H;
    std::array<std::int32_t, H> known{};
    int n_known = 0;
    for (int c = 0; c < H; ++c) {
      int j = 0;
      while (j < n_known && known[static_cast<std::size_t>(j)] != best[c]) ++j;
      float* row = block.outer + (edges.count + j) * H;
      if (j == n_known) {
        known[static_cast<std::size_t>(n_known++)] = best[c];
        std::fill_n(row, H, 0.0F);
        const auto k = static_cast<std::size_t>(best[c] >> 1);
        const auto e = static_cast<std::size_t>(edges.count + j);
        edges.target[e] = static_cast<std::int32_t>(s);
        edges.edge[e] = best[c];
        edges.source[e] = (best[c] & 1) ? b.to[k] : b.from[k];
        edges.theta[e] = b.theta[k];
      }
      row[c] = gradient[c];
    }
    edges.count += n_known;
  }

  /// block.first and block.second of the listed edges.
  void SparseSecond(const SparseEdges& edges) {
    constexpr Tag d;
    const int count = edges.count;
    block.hermite.Fill(edges.theta, count);
    for (int e = 0; e < count; ++e)
      for (int v = 0; v < kVectors<H>; ++v) {
        const auto i = static_cast<std::size_t>(e);
        const float* to = b.projection.data() + static_cast<std::size_t>(edges.target[i]) * 2 * H + v * kLanes;
        const float* from = b.projection.data() + static_cast<std::size_t>(edges.source[i]) * 2 * H + H + v * kLanes;
        const Vec z =
            hn::Add(hn::Add(hn::LoadU(d, to), hn::LoadU(d, from)), Interpolate<H>(block.hermite, e, b.table.data(), v));
        hn::Store(first_sides.Activate(static_cast<std::size_t>(edges.edge[i]), v, z), d,
                  block.first + e * H + v * kLanes);
      }
    Second(count, Listed{edges.edge.data()});
  }

  /// The gradient that flows through the winning edges alone, without BatchNorm's dense part.
  void SparseBlock(SparseEdges& edges, Sums& third, Sums& second) {
    const int count = edges.count;
    const Listed edge_of{edges.edge.data()};
    SparseSecond(edges);
    AddMoments<H, H>(block.second, H, block.outer, H, count, third.moments.data());
    AddSums<H>(block.outer, H, count, third.sums.data());
    HWY_ALIGN static constexpr float kNone[H] = {};
    float* HWY_RESTRICT inner = block.inner;
    const float* HWY_RESTRICT activation = block.second;
    MultiplyRows<H, H>(block.outer, H, count, b.edge_layer[1].weight_back.data(), kNone,
                       [this, inner, activation, edge_of](int r, int v, Vec sum) HWY_ATTR {
                         constexpr Tag df;
                         const Vec act = hn::Load(df, activation + r * H + v * kLanes);
                         hn::Store(second_sides.Gradient(edge_of(r), v, act, sum), df, inner + r * H + v * kLanes);
                       });
    AddMoments<H, H>(block.first, H, block.inner, H, count, second.moments.data());
    AddSums<H>(block.inner, H, count, second.sums.data());
    MultiplyRows<H, H>(block.inner, H, count, b.edge_layer[0].weight_back.data(), kNone,
                       [this, &edges, edge_of, count](int r, int v, Vec sum) HWY_ATTR {
                         if (r >= count) return;
                         const Vec act = hn::Load(Tag{}, block.first + r * H + v * kLanes);
                         const Vec dz = first_sides.Gradient(edge_of(r), v, act, sum);
                         const auto e = static_cast<std::size_t>(r);
                         ScatterEdge(edges.target[e], edges.source[e], v, dz);
                         ScatterTable(r, v, dz);
                       });
    edges.count = 0;
  }

  void SparsePass(Sums& third, Sums& second) {
    SparseEdges edges;
    for (std::size_t s = 0; s < n; ++s) {
      if (b.best[s * H] < 0) continue;
      if (edges.count + H > kEdges) SparseBlock(edges, third, second);
      Collect(s, edges);
    }
    if (edges.count > 0) SparseBlock(edges, third, second);
  }

  /// block.inner = LeakyReLU'(second) (alpha + beta · second): BatchNorm's dense part behind the second layer.
  HWY_INLINE void DenseSecond(const DenseGradient& dense, int edges, Consecutive edge_of) {
    constexpr Tag d;
    for (int v = 0; v < kVectors<H>; ++v) {
      const Vec alpha = hn::LoadU(d, dense.alpha.data() + v * kLanes);
      const Vec beta = hn::LoadU(d, dense.beta.data() + v * kLanes);
      for (int r = 0; r < edges; ++r) {
        const Vec act = hn::Load(d, block.second + r * H + v * kLanes);
        hn::Store(second_sides.Gradient(edge_of(r), v, act, hn::MulAdd(beta, act, alpha)), d,
                  block.inner + r * H + v * kLanes);
      }
    }
  }

  /// Scatter of LeakyReLU'(first) (weights · inner + alpha + beta · first) for all edges.
  void DenseScatter(const DenseGradient& second, const DenseGradient& first) {
    ForKinks([&](std::size_t begin, int count) HWY_ATTR {
      First(begin, count);
      Second(2 * count, Consecutive{2 * begin});
      DenseSecond(second, 2 * count, Consecutive{2 * begin});
      float* HWY_RESTRICT out = block.outer;
      const float* HWY_RESTRICT activation = block.first;
      const float* HWY_RESTRICT beta = first.beta.data();
      const Sides sides = first_sides;
      const Consecutive edge_of{2 * begin};
      MultiplyRows<H, H>(block.inner, H, 2 * count, b.edge_layer[0].weight_back.data(), first.alpha.data(),
                         [out, activation, beta, sides, edge_of](int r, int v, Vec sum) HWY_ATTR {
                           constexpr Tag d;
                           const Vec act = hn::Load(d, activation + r * H + v * kLanes);
                           const Vec all = hn::MulAdd(hn::LoadU(d, beta + v * kLanes), act, sum);
                           hn::Store(sides.Gradient(edge_of(r), v, act, all), d, out + r * H + v * kLanes);
                         });
      for (int i = 0; i < count; ++i) {
        const std::int32_t from = b.from[begin + static_cast<std::size_t>(i)];
        const std::int32_t to = b.to[begin + static_cast<std::size_t>(i)];
        for (int v = 0; v < kVectors<H>; ++v) {
          const Vec forth = hn::Load(Tag{}, out + 2 * i * H + v * kLanes);
          const Vec back = hn::Load(Tag{}, out + (2 * i + 1) * H + v * kLanes);
          ScatterEdge(to, from, v, forth);
          ScatterEdge(from, to, v, back);
          ScatterTable(i, v, hn::Add(forth, back));
        }
      }
    });
  }

  /// Gradient of the first layer and its BatchNorm from the sums at segments and in the table.
  void FirstGradient(std::span<float> gradient) {
    constexpr std::size_t kColumns = 16 + kEncoding;
    const auto& norm = b.first_norm[0];
    std::vector<double> moments(kColumns * H, 0.0), sums(H, 0.0), encoding(H * kEncoding);
    AlignedVector<float> x(kRowsPerBlock * 16);
    ForBlocks(n, [&](std::size_t begin, int count) HWY_ATTR {
      for (std::size_t r = 0; r < static_cast<std::size_t>(count); ++r)
        for (std::size_t k = 0; k < 16; ++k)
          x[r * 16 + k] = a.view->features[(begin + r) * 8 + k % 8] - static_cast<float>(norm.mean[k]);
      const float* rows_of = b.grad_projection.data() + begin * 2 * H;
      AddMoments<8, H>(x.data(), 16, rows_of, 2 * H, count, moments.data());
      AddMoments<8, H>(x.data() + 8, 16, rows_of + H, 2 * H, count, moments.data() + 8 * H);
      AddSums<H>(rows_of, 2 * H, count, sums.data());
    });
    tabulate_encoding_adjoint(H, b.grad_table.data(), b.table_rows, encoding.data());
    for (std::size_t m = 0; m < kEncoding; ++m)
      for (std::size_t c = 0; c < H; ++c) moments[(16 + m) * H + c] = encoding[c * kEncoding + m];
    CentreMoments(norm, sums, 16, moments);
    add_layer_gradient(b.layout.steps[0].relational.linear[0], b.layout.steps[0].relational.norm[0], norm, a.parameters,
                       moments, sums, b.mode, rows, gradient);
  }

  void Backward(std::span<float> gradient) {
    if (b.n_kinks == 0) return;
    const auto& slices = b.layout.steps[0].relational;
    b.grad_projection.assign(n * 2 * H, 0.0F);
    b.grad_table.assign(static_cast<std::size_t>(b.table_rows) * 2 * H, 0.0F);
    Sums third, second;
    SparsePass(third, second);
    CentreMoments(b.edge_layer[1].norm, third.sums, 0, third.moments);
    const auto dense_second = add_layer_gradient(slices.linear[2], slices.norm[2], b.edge_layer[1].norm, a.parameters,
                                                 third.moments, third.sums, b.mode, rows, gradient);
    if (b.mode != BatchNormMode::Running)
      ForKinks([&](std::size_t begin, int count) HWY_ATTR {
        First(begin, count);
        Second(2 * count, Consecutive{2 * begin});
        DenseSecond(dense_second, 2 * count, Consecutive{2 * begin});
        AddMoments<H, H>(block.first, H, block.inner, H, 2 * count, second.moments.data());
        AddSums<H>(block.inner, H, 2 * count, second.sums.data());
      });
    CentreMoments(b.edge_layer[0].norm, second.sums, 0, second.moments);
    const auto dense_first = add_layer_gradient(slices.linear[1], slices.norm[1], b.edge_layer[0].norm, a.parameters,
                                                second.moments, second.sums, b.mode, rows, gradient);
    if (b.mode != BatchNormMode::Running) DenseScatter(dense_second, dense_first);
    FirstGradient(gradient);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace difftrack::network::kernels
HWY_AFTER_NAMESPACE();
#endif
