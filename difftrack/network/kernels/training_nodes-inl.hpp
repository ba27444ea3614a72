// SPDX-License-Identifier: Apache-2.0
// The object network and the read-out in training, forward and backward, for one SIMD target.
#if defined(DIFFTRACK_NETWORK_KERNELS_TRAINING_NODES_INL_) == defined(HWY_TARGET_TOGGLE)
#ifdef DIFFTRACK_NETWORK_KERNELS_TRAINING_NODES_INL_
#undef DIFFTRACK_NETWORK_KERNELS_TRAINING_NODES_INL_
#else
#define DIFFTRACK_NETWORK_KERNELS_TRAINING_NODES_INL_
#endif

#include <hwy/highway.h>

#include "difftrack/network/kernels/training_rows-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace difftrack::network::kernels {
namespace HWY_NAMESPACE {

/// The numbers a pass works with.
struct TrainingArguments {
  std::span<const float> parameters, statistics;
  const LineGraphView* view = nullptr;
  TrainingWorkspace::Buffers* buffers = nullptr;
};

template <int H, bool HELD>
struct NodePass {
  using Sides = LeakySides<H, HELD>;
  static constexpr int kIn = 8 + H;
  static constexpr std::size_t kLinear = 3;  // the activation that has no LeakyReLU
  const TrainingArguments& a;
  TrainingWorkspace::Buffers& b = *a.buffers;
  const std::size_t n = static_cast<std::size_t>(a.view->n_segments);
  const double rows = static_cast<double>(n);

  /// LeakyReLU behind activation `at`.
  Sides SidesOf(std::size_t at) const {
    if constexpr (HELD)
      return {b.held->nodes[at].data()};
    else
      return {};
  }

  /// Notes the sides of the last forward pass.
  void Record(ActivationPattern& pattern) {
    for (std::size_t at = 0; at < b.activation.size(); ++at) {
      if (at == kLinear) continue;
      pattern.nodes[at].assign(ActivationPattern::bytes_for(n, H), 0);
      NoteNegative<H>(b.activation[at].data(), n, 0, pattern.nodes[at].data());
    }
  }

  // ---- forward ----

  /// Mean and variance of the columns of one activation, shape (segments, H), from column `at` on.
  void Statistics(const AlignedVector<float>& x, std::vector<double>& mean, std::vector<double>& var, std::size_t at) {
    ColumnStatistics<H> columns;
    ForBlocks(n, [&](std::size_t begin, int count) HWY_ATTR { columns.Add(x.data() + begin * H, H, count); });
    columns.Finish(mean, var, at);
  }

  FixedNorm Norm(const NormSlices& slices, const AlignedVector<float>& x) {
    std::vector<double> mean, var;
    if (b.mode == BatchNormMode::Frame) Statistics(x, mean, var, 0);
    return choose_norm(b, slices, a.parameters, a.statistics, mean, var, rows);
  }

  FixedNorm InputNorm(const NormSlices& slices) {
    std::vector<double> mean(kIn, 0.0), var(kIn, 0.0);
    if (b.mode == BatchNormMode::Frame) {
      for (std::size_t k = 0; k < 8; ++k) {
        for (std::size_t s = 0; s < n; ++s) mean[k] += static_cast<double>(a.view->features[s * 8 + k]);
        mean[k] /= rows;
        for (std::size_t s = 0; s < n; ++s) {
          const double off = static_cast<double>(a.view->features[s * 8 + k]) - mean[k];
          var[k] += off * off;
        }
        var[k] /= rows;
      }
      Statistics(b.maximum, mean, var, 8);
    }
    return choose_norm(b, slices, a.parameters, a.statistics, mean, var, rows);
  }

  /// Activation `to` from rows x by Linear `layer`.
  template <int IN>
  void Linear(std::size_t layer, const AlignedVector<float>& x, std::size_t to) {
    auto& y = b.activation[to];
    y.resize((n + 8) * H);
    const Sides sides = SidesOf(to);
    const float* HWY_RESTRICT in = x.data();
    float* HWY_RESTRICT out = y.data();
    ForBlocks(n, [&](std::size_t begin, int count) HWY_ATTR {
      float* HWY_RESTRICT rows_out = out + begin * H;
      MultiplyRows<IN, H>(in + begin * IN, IN, count, b.node_layer[layer].weight.data(),
                          b.node_layer[layer].bias.data(), [rows_out, sides, begin](int r, int v, Vec z) HWY_ATTR {
                            hn::StoreU(sides.Activate(begin + static_cast<std::size_t>(r), v, z), Tag{},
                                       rows_out + r * H + v * kLanes);
                          });
    });
  }

  void FillInput(const FixedNorm& norm) {
    b.input.resize((n + 8) * kIn);
    for (std::size_t s = 0; s < n; ++s) {
      float* row = b.input.data() + s * kIn;
      for (std::size_t k = 0; k < 8; ++k) row[k] = a.view->features[s * 8 + k] - static_cast<float>(norm.mean[k]);
      std::copy_n(b.maximum.data() + s * H, H, row + 8);
    }
  }

  void Forward(std::span<float> logits) {
    const auto& object = b.layout.steps[0].object;
    const auto& read_out = b.layout.read_out;
    const auto layer = [&](std::size_t i, const LinearSlices& linear, FixedNorm norm, int raw_from) {
      b.node_layer[i] = make_layer(linear, std::move(norm), a.parameters, raw_from);
    };
    auto& act = b.activation;
    layer(0, object.linear[0], InputNorm(object.norm[0]), 8);
    FillInput(b.node_layer[0].norm);
    Linear<kIn>(0, b.input, 0);
    layer(1, object.linear[1], Norm(object.norm[1], act[0]), 0);
    Linear<H>(1, act[0], 1);
    layer(2, object.linear[2], Norm(object.norm[2], act[1]), 0);
    Linear<H>(2, act[1], 2);
    b.object_norm = Norm(object.norm[3], act[2]);
    NormaliseObject();
    layer(3, read_out.linear[0], Norm(read_out.norm[0], act[3]), 0);
    Linear<H>(3, act[3], 4);
    layer(4, read_out.linear[1], Norm(read_out.norm[1], act[4]), 0);
    Linear<H>(4, act[4], 5);
    layer(5, read_out.linear[2], Norm(read_out.norm[2], act[5]), 0);
    const auto& last = b.node_layer[5];
    for (std::size_t s = 0; s < n; ++s) {
      float sum = last.bias[0];
      for (std::size_t c = 0; c < H; ++c) sum += last.weight[c] * act[5][s * H + c];
      logits[s] = sum;
    }
  }

  void NormaliseObject() {
    constexpr Tag d;
    b.activation[3].resize((n + 8) * H);
    const auto scale = to_float(b.object_norm.scale);
    AlignedVector<float> shift(H);
    for (std::size_t c = 0; c < H; ++c)
      shift[c] = static_cast<float>(b.object_norm.bias[c] - b.object_norm.mean[c] * b.object_norm.scale[c]);
    for (std::size_t i = 0; i < n * H; i += H)
      for (int v = 0; v < kVectors<H>; ++v) {
        const auto c = static_cast<std::size_t>(v * kLanes);
        hn::StoreU(hn::MulAdd(hn::LoadU(d, b.activation[2].data() + i + c), hn::LoadU(d, scale.data() + c),
                              hn::LoadU(d, shift.data() + c)),
                   d, b.activation[3].data() + i + c);
      }
  }

  // ---- backward ----

  /// Gradients of Linear `layer` (input x, gradient dz of its output) and its BatchNorm; returns the dense part of dx.
  template <int IN>
  DenseGradient Parameters(std::size_t layer, const LinearSlices& linear, const NormSlices& norm,
                           const AlignedVector<float>& x, const AlignedVector<float>& dz, std::span<float> gradient) {
    std::vector<double> moments(IN * H, 0.0), sums(H, 0.0);
    ForBlocks(n, [&](std::size_t begin, int count) HWY_ATTR {
      AddMoments<IN, H>(x.data() + begin * IN, IN, dz.data() + begin * H, H, count, moments.data());
      AddSums<H>(dz.data() + begin * H, H, count, sums.data());
    });
    CentreMoments(b.node_layer[layer].norm, sums, IN == H ? 0 : 8, moments);
    return add_layer_gradient(linear, norm, b.node_layer[layer].norm, a.parameters, moments, sums, b.mode, rows,
                              gradient);
  }

  /// dx = weights · dz + alpha + beta x, times LeakyReLU's derivative at x, which is activation `at`; x has rows of H.
  void Input(const float* weights, const DenseGradient& dense, std::size_t offset, const AlignedVector<float>& x,
             std::size_t at, const AlignedVector<float>& dz, AlignedVector<float>& dx) {
    const float* alpha = dense.alpha.data() + offset;
    const float* beta = dense.beta.data() + offset;
    const bool activated = at != kLinear;
    const Sides sides = SidesOf(at);
    dx.resize((n + 8) * H);
    ForBlocks(n, [&](std::size_t begin, int count) HWY_ATTR {
      const float* HWY_RESTRICT in = x.data() + begin * H;
      float* HWY_RESTRICT out = dx.data() + begin * H;
      MultiplyRows<H, H>(dz.data() + begin * H, H, count, weights, alpha,
                         [in, out, beta, activated, sides, begin](int r, int v, Vec sum) HWY_ATTR {
                           constexpr Tag d;
                           const Vec value = hn::LoadU(d, in + r * H + v * kLanes);
                           const Vec all = hn::MulAdd(hn::LoadU(d, beta + v * kLanes), value, sum);
                           hn::StoreU(
                               activated ? sides.Gradient(begin + static_cast<std::size_t>(r), v, value, all) : all, d,
                               out + r * H + v * kLanes);
                         });
    });
  }

  void LastLayer(std::span<const float> grad_logits, std::span<float> gradient, AlignedVector<float>& dz) {
    constexpr Tag d;
    const auto& x = b.activation[5];
    std::vector<double> moments(H, 0.0), sums(1, 0.0);
    ForBlocks(n, [&](std::size_t begin, int count) HWY_ATTR {
      for (int v = 0; v < kVectors<H>; ++v) {
        Vec sum = hn::Zero(d);
        for (std::size_t r = begin; r < begin + static_cast<std::size_t>(count); ++r)
          sum = hn::MulAdd(hn::Set(d, grad_logits[r]),
                           hn::LoadU(d, x.data() + r * H + static_cast<std::size_t>(v * kLanes)), sum);
        HWY_ALIGN float lanes[kLanes];
        hn::Store(sum, d, lanes);
        for (int l = 0; l < kLanes; ++l)
          moments[static_cast<std::size_t>(v * kLanes + l)] += static_cast<double>(lanes[l]);
      }
    });
    for (std::size_t s = 0; s < n; ++s) sums[0] += static_cast<double>(grad_logits[s]);
    const auto& last = b.node_layer[5];
    CentreMoments(last.norm, sums, 0, moments);
    const auto dense = add_layer_gradient(b.layout.read_out.linear[2], b.layout.read_out.norm[2], last.norm,
                                          a.parameters, moments, sums, b.mode, rows, gradient);
    dz.resize((n + 8) * H);
    const Sides sides = SidesOf(5);
    for (std::size_t s = 0; s < n; ++s)
      for (int v = 0; v < kVectors<H>; ++v) {
        const auto c = static_cast<std::size_t>(v * kLanes);
        const Vec value = hn::LoadU(d, x.data() + s * H + c);
        Vec sum = hn::MulAdd(hn::Set(d, grad_logits[s]), hn::LoadU(d, last.weight_back.data() + c),
                             hn::LoadU(d, dense.alpha.data() + c));
        sum = hn::MulAdd(hn::LoadU(d, dense.beta.data() + c), value, sum);
        hn::StoreU(sides.Gradient(s, v, value, sum), d, dz.data() + s * H + c);
      }
  }

  /// O's last BatchNorm: from dy to the gradient before the LeakyReLU in front of it.
  void ObjectNorm(std::span<float> gradient, const AlignedVector<float>& dy, AlignedVector<float>& dz) {
    constexpr Tag d;
    const auto& x = b.activation[2];
    const auto& norm = b.object_norm;
    const auto& slices = b.layout.steps[0].object.norm[3];
    std::vector<double> sums(H, 0.0), products(H, 0.0);
    AlignedVector<float> block(kRowsPerBlock * H);
    ForBlocks(n, [&](std::size_t begin, int count) HWY_ATTR {
      for (std::size_t i = 0; i < static_cast<std::size_t>(count) * H; ++i)
        block[i] = dy[begin * H + i] * x[begin * H + i];
      AddSums<H>(dy.data() + begin * H, H, count, sums.data());
      AddSums<H>(block.data(), H, count, products.data());
    });
    AlignedVector<float> scale = to_float(norm.scale), alpha(H, 0.0F), beta(H, 0.0F);
    for (std::size_t c = 0; c < H; ++c) {
      const double product = (products[c] - norm.mean[c] * sums[c]) * norm.inverse_deviation[c];
      gradient[slices.weight + c] += static_cast<float>(product);
      gradient[slices.bias + c] += static_cast<float>(sums[c]);
      if (b.mode == BatchNormMode::Running) continue;
      const double slope = -norm.scale[c] * norm.inverse_deviation[c] * product / rows;
      beta[c] = static_cast<float>(slope);
      alpha[c] = static_cast<float>(-norm.scale[c] * sums[c] / rows - slope * norm.mean[c]);
    }
    dz.resize((n + 8) * H);
    const Sides sides = SidesOf(2);
    for (std::size_t i = 0; i < n * H; i += H)
      for (int v = 0; v < kVectors<H>; ++v) {
        const auto c = static_cast<std::size_t>(v * kLanes);
        const Vec value = hn::LoadU(d, x.data() + i + c);
        Vec sum = hn::MulAdd(hn::LoadU(d, beta.data() + c), value, hn::LoadU(d, alpha.data() + c));
        sum = hn::MulAdd(hn::LoadU(d, scale.data() + c), hn::LoadU(d, dy.data() + i + c), sum);
        hn::StoreU(sides.Gradient(i / H, v, value, sum), d, dz.data() + i + c);
      }
  }

  /// Leaves the gradient of the maxima in grad_maximum.
  void Backward(std::span<const float> grad_logits, std::span<float> gradient) {
    const auto& object = b.layout.steps[0].object;
    const auto& read_out = b.layout.read_out;
    auto& act = b.activation;
    auto& one = b.gradient[0];
    auto& two = b.gradient[1];
    LastLayer(grad_logits, gradient, one);
    auto dense = Parameters<H>(4, read_out.linear[1], read_out.norm[1], act[4], one, gradient);
    Input(b.node_layer[4].weight_back.data(), dense, 0, act[4], 4, one, two);
    dense = Parameters<H>(3, read_out.linear[0], read_out.norm[0], act[3], two, gradient);
    Input(b.node_layer[3].weight_back.data(), dense, 0, act[3], 3, two, one);
    ObjectNorm(gradient, one, two);
    dense = Parameters<H>(2, object.linear[2], object.norm[2], act[1], two, gradient);
    Input(b.node_layer[2].weight_back.data(), dense, 0, act[1], 1, two, one);
    dense = Parameters<H>(1, object.linear[1], object.norm[1], act[0], one, gradient);
    Input(b.node_layer[1].weight_back.data(), dense, 0, act[0], 0, one, two);
    dense = Parameters<kIn>(0, object.linear[0], object.norm[0], b.input, two, gradient);
    AlignedVector<float> weights(H * H);  // the columns of the maxima
    for (std::size_t o = 0; o < H; ++o)
      for (std::size_t k = 0; k < H; ++k) weights[o * H + k] = b.node_layer[0].weight_back[o * kIn + 8 + k];
    Input(weights.data(), dense, 8, b.maximum, kLinear, two, b.grad_maximum);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace difftrack::network::kernels
HWY_AFTER_NAMESPACE();
#endif
