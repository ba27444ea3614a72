// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/similarity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/network/angle_encoding.hpp"
#include "difftrack/network/graph_inputs.hpp"
#include "difftrack/network/reference/network.hpp"
#include "difftrack/network/scorer/registry.hpp"
#include "difftrack/study/cka.hpp"

namespace difftrack::study {

namespace {

using network::reference::Matrix;

constexpr std::size_t kSlice = 2048;           // rows at a time
constexpr std::size_t kPublishedRows = 81920;  // of the public code
constexpr std::size_t kPublishedBatch = 1024;
constexpr int kPublishedShuffles = 5;
constexpr double kNothing = -std::numeric_limits<double>::infinity();  // maximum of no message, until it becomes 0

/// Where the features of every model's layers stand in the rows of one module: the inputs once, which the first
/// BatchNorm of each model scales and shifts, then per model all further layers, then a square per layer, then 1.
struct RowPlan {
  std::size_t inputs = 0, columns = 0, ones = 0;
  std::vector<double> centre;                       // subtracted from the inputs, against cancellation
  std::vector<std::vector<FeatureColumns>> layers;  // [model][layer]
};

RowPlan plan_rows(const std::vector<const network::PerceptronSlices*>& perceptrons, const std::vector<Model>& models) {
  RowPlan plan;
  plan.inputs = static_cast<std::size_t>(perceptrons[0]->norm[0].width);
  std::size_t next = plan.inputs;
  for (std::size_t c = 0; c < plan.inputs; ++c)
    plan.centre.push_back(static_cast<double>(models[0].statistics[perceptrons[0]->norm[0].mean + c]));
  for (std::size_t m = 0; m < models.size(); ++m) {
    const network::PerceptronSlices& slices = *perceptrons[m];
    std::vector<FeatureColumns> layers;
    FeatureColumns first{0, plan.inputs, {}, {}, 0};
    for (std::size_t c = 0; c < plan.inputs; ++c) {
      const double mean = static_cast<double>(models[m].statistics[slices.norm[0].mean + c]);
      const double variance = static_cast<double>(models[m].statistics[slices.norm[0].var + c]);
      first.scale.push_back(models[m].values[slices.norm[0].weight + c] / std::sqrt(variance + network::kNormEpsilon));
      first.shift.push_back(models[m].values[slices.norm[0].bias + c] + (plan.centre[c] - mean) * first.scale.back());
    }
    layers.push_back(std::move(first));
    const std::size_t count = slices.object ? 10 : 8;
    for (std::size_t layer = 1; layer < count; ++layer) {
      const auto width = static_cast<std::size_t>(slices.linear[(layer - 1) / 3].out);
      layers.push_back({next, width, {}, {}, 0});
      next += width;
    }
    plan.layers.push_back(std::move(layers));
  }
  for (auto& layers : plan.layers)
    for (FeatureColumns& layer : layers) layer.square = next++;
  plan.ones = next++;
  plan.columns = next;
  return plan;
}

/// Fills the columns of one model; returns the perceptron's output.
Matrix fill_model(const RowPlan& plan, std::size_t model, const network::PerceptronSlices& slices,
                  const network::reference::Parameters& parameters, Matrix inputs, std::vector<double>& rows) {
  std::size_t layer = 0;
  return apply(slices, parameters, network::BatchNormMode::Running, std::move(inputs), nullptr,
               network::reference::Summation::Exact, [&](const Matrix& output) {
                 const FeatureColumns& columns = plan.layers[model][layer];
                 for (std::size_t r = 0; r < output.rows; ++r) {
                   double* row = rows.data() + r * plan.columns;
                   double square = 0.0;
                   for (std::size_t c = 0; c < output.width; ++c) {
                     const double value = output.row(r)[c];
                     square += value * value;
                     if (columns.scale.empty()) row[columns.first + c] = value;  // else it follows from the inputs
                   }
                   row[columns.square] = square;
                 }
                 ++layer;
               });
}

/// Sums HSIC over all rows, or over the published minibatches.
class ModuleSum {
 public:
  ModuleSum(RowPlan plan, const SimilarityConfig& config, std::uint64_t stream)
      : plan_(std::move(plan)),
        published_(config.sampling == Sampling::Published),
        seed_(config.seed),
        stream_(stream),
        gram_(plan_.columns) {}

  const RowPlan& plan() const { return plan_; }
  bool full() const { return published_ && kept_.size() >= kPublishedRows * plan_.columns; }

  /// Takes the rows that `take` marks.
  void add(const std::vector<double>& rows, const std::vector<std::uint8_t>& take) {
    std::vector<double> chosen;
    for (std::size_t r = 0; r < take.size() && !full(); ++r)
      if (take[r] != 0) {
        const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(r * plan_.columns);
        auto& target = published_ ? kept_ : chosen;
        target.insert(target.end(), begin, begin + static_cast<std::ptrdiff_t>(plan_.columns));
      }
    if (!published_) gram_.add(chosen);
  }

  /// Adds to `sums` of all pairs a ≤ b, from place `offset` of their numbers.
  void finish(std::vector<double>& sums, std::size_t offset) {
    if (!published_) return add_hsic(gram_, sums, offset);
    const std::size_t n = kept_.size() / plan_.columns;
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), 0);
    core::RandomStream random(static_cast<std::uint64_t>(seed_), stream_);
    std::vector<double> batch(kPublishedBatch * plan_.columns);
    for (int shuffle = 0; shuffle < kPublishedShuffles; ++shuffle) {
      for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
      for (std::size_t first = 0; first + kPublishedBatch <= n; first += kPublishedBatch) {
        for (std::size_t r = 0; r < kPublishedBatch; ++r)
          std::copy_n(kept_.begin() + static_cast<std::ptrdiff_t>(order[first + r] * plan_.columns), plan_.columns,
                      batch.begin() + static_cast<std::ptrdiff_t>(r * plan_.columns));
        GramSum gram(plan_.columns);
        gram.add(batch);
        add_hsic(gram, sums, offset);
      }
    }
  }

 private:
  void add_hsic(const GramSum& gram, std::vector<double>& sums, std::size_t offset) const {
    const std::size_t models = plan_.layers.size();
    for (std::size_t a = 0; a < models; ++a)
      for (std::size_t b = a; b < models; ++b) {
        double* target = sums.data() + pair_index(models, a, b) * kPairNumbers + offset;
        for (const FeatureColumns& x : plan_.layers[a])
          for (const FeatureColumns& y : plan_.layers[b]) *target++ += hsic(gram, plan_.ones, x, y);
      }
  }

  RowPlan plan_;
  bool published_;
  std::int64_t seed_;
  std::uint64_t stream_;
  GramSum gram_;
  std::vector<double> kept_;
};

/// The frame's edges in the order of their sender, which is the public code's and decides what the published sampling
/// takes.
std::vector<std::size_t> edges_by_sender(const network::GraphInputs& inputs) {
  std::vector<std::size_t> order(inputs.n_edges());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return inputs.from[a] < inputs.from[b]; });
  return order;
}

Matrix edge_rows(const network::GraphInputs& inputs, std::span<const std::size_t> edges,
                 std::span<const double> frequencies) {
  const std::size_t width = inputs.nodes.size() / inputs.n_nodes;
  Matrix rows(edges.size(), 2 * width + 2 * frequencies.size());
  for (std::size_t e = 0; e < edges.size(); ++e) {
    double* row = rows.row(e);
    for (const std::int32_t node : {inputs.to[edges[e]], inputs.from[edges[e]]})
      row = std::copy_n(inputs.nodes.data() + static_cast<std::size_t>(node) * width, width, row);
    network::reference::encode_angle(static_cast<double>(inputs.angle[edges[e]]), frequencies, row);
  }
  return rows;
}

/// Rows of a module's plan with the shared inputs and the 1 in place.
std::vector<double> begin_rows(const RowPlan& plan, const Matrix& inputs, bool shared) {
  std::vector<double> rows(inputs.rows * plan.columns, 0.0);
  for (std::size_t r = 0; r < inputs.rows; ++r) {
    double* row = rows.data() + r * plan.columns;
    if (shared)
      for (std::size_t c = 0; c < plan.inputs; ++c) row[c] = inputs.row(r)[c] - plan.centre[c];
    row[plan.ones] = 1.0;
  }
  return rows;
}

/// Every model's perceptrons of one module.
std::vector<const network::PerceptronSlices*> module_of(const std::vector<Model>& models, std::size_t module) {
  std::vector<const network::PerceptronSlices*> slices;
  for (const Model& model : models)
    slices.push_back(module == 0   ? &model.layout.steps[0].relational
                     : module == 1 ? &model.layout.steps[0].object
                                   : &model.layout.read_out);
  return slices;
}

/// O and R2 read what differs from model to model, so nothing of their inputs is shared: their first BatchNorm has
/// columns of its own.
RowPlan plan_of_own_inputs(const std::vector<const network::PerceptronSlices*>& perceptrons,
                           const std::vector<Model>& models) {
  RowPlan plan = plan_rows(perceptrons, models);
  std::size_t next = plan.columns;
  for (auto& layers : plan.layers) {
    layers[0] = {next, plan.inputs, {}, {}, layers[0].square};
    next += plan.inputs;
  }
  plan.columns = next;
  return plan;
}

}  // namespace

std::vector<double> frame_hsic(const std::vector<Model>& models, const StudyFrame& frame,
                               const SimilarityConfig& config, std::uint64_t stream) {
  const network::Description& description = models[0].layout.description;
  if (description.network != network::NetworkKind::LineGraph || description.message_steps != 1 ||
      description.aggregation != network::Aggregation::Max)
    throw core::InputError({models[0].file, "network", ""},
                           "similarity is made for line-graph networks with one step of message passing and maximum");
  const network::GraphInputs inputs = network::graph_inputs(description, frame.frame, frame.graph);
  const std::vector<double> frequencies =
      network::encoding_frequencies(static_cast<std::size_t>(description.frequencies), description.encoding_scale);
  std::vector<network::reference::Parameters> parameters;
  for (const Model& model : models)
    parameters.push_back({model.values, {model.statistics.begin(), model.statistics.end()}});
  std::vector<double> sums(pair_count(models.size()) * kPairNumbers, 0.0);

  // R1 over the edges; messages meet at their nodes.
  const auto r1 = module_of(models, 0), o = module_of(models, 1), r2 = module_of(models, 2);
  const auto width = static_cast<std::size_t>(r1[0]->linear[2].out);
  const std::size_t features = inputs.n_nodes == 0 ? 0 : inputs.nodes.size() / inputs.n_nodes;
  std::vector<Matrix> nodes(models.size(), Matrix(inputs.n_nodes, features + width));
  for (Matrix& each : nodes) std::fill(each.values.begin(), each.values.end(), kNothing);
  ModuleSum edges(plan_rows(r1, models), config, stream);
  const std::vector<std::size_t> order = edges_by_sender(inputs);
  for (std::size_t begin = 0; begin < order.size(); begin += kSlice) {
    const auto some = std::span(order).subspan(begin, std::min(kSlice, order.size() - begin));
    const Matrix rows_in = edge_rows(inputs, some, frequencies);
    std::vector<double> rows = begin_rows(edges.plan(), rows_in, true);
    std::vector<std::uint8_t> take(some.size(), 1);
    for (std::size_t m = 0; m < models.size(); ++m) {
      const Matrix messages = fill_model(edges.plan(), m, *r1[m], parameters[m], rows_in, rows);
      for (std::size_t e = 0; e < some.size(); ++e) {
        const auto to = static_cast<std::size_t>(inputs.to[some[e]]);
        double* incoming = nodes[m].row(to) + features;
        for (std::size_t c = 0; c < width; ++c) incoming[c] = std::max(incoming[c], messages.row(e)[c]);
        if (config.true_rows && m == 0)
          take[e] = frame.labels[to] != 0 && frame.labels[static_cast<std::size_t>(inputs.from[some[e]])] != 0;
      }
    }
    edges.add(rows, take);
  }
  edges.finish(sums, 0);

  // O and R2 over the segments.
  ModuleSum object(plan_of_own_inputs(o, models), config, stream + 1),
      read_out(plan_of_own_inputs(r2, models), config, stream + 2);
  std::vector<double> object_rows = begin_rows(object.plan(), Matrix(inputs.n_nodes, 0), false);
  std::vector<double> read_rows = begin_rows(read_out.plan(), Matrix(inputs.n_nodes, 0), false);
  const std::vector<std::uint8_t> all(inputs.n_nodes, 1);
  for (std::size_t m = 0; m < models.size(); ++m) {
    std::replace(nodes[m].values.begin(), nodes[m].values.end(), kNothing, 0.0);
    for (std::size_t i = 0; i < inputs.n_nodes; ++i)
      std::copy_n(inputs.nodes.data() + i * features, features, nodes[m].row(i));
    Matrix state = fill_model(object.plan(), m, *o[m], parameters[m], nodes[m], object_rows);
    fill_model(read_out.plan(), m, *r2[m], parameters[m], std::move(state), read_rows);
  }
  object.add(object_rows, config.true_rows ? frame.labels : all);
  read_out.add(read_rows, config.true_rows ? frame.labels : all);
  object.finish(sums, 64);
  read_out.finish(sums, 164);
  return sums;
}

SimilarityMatrices similarity_matrices(std::span<const double> sums, std::size_t models) {
  SimilarityMatrices result;
  result.models = models;
  std::size_t offset = 0;
  for (std::size_t module = 0; module < kModules.size(); ++module) {
    const std::size_t layers = kModules[module].layers;
    result.matched[module].resize(models * models);
    result.all[module].resize(models * models);
    result.layers[module].resize(models * models * layers * layers);
    const auto number = [&](std::size_t a, std::size_t b, std::size_t i, std::size_t j) {
      return a <= b ? sums[pair_index(models, a, b) * kPairNumbers + offset + i * layers + j]
                    : sums[pair_index(models, b, a) * kPairNumbers + offset + j * layers + i];
    };
    const auto mean_of = [](double sum, std::size_t n) {
      return n > 0 ? sum / static_cast<double>(n) : std::numeric_limits<double>::quiet_NaN();
    };
    for (std::size_t a = 0; a < models; ++a)
      for (std::size_t b = 0; b < models; ++b) {
        double all = 0.0, matched = 0.0;
        std::size_t n_all = 0, n_matched = 0;
        for (std::size_t i = 0; i < layers; ++i)
          for (std::size_t j = 0; j < layers; ++j) {
            const double value = cka(number(a, b, i, j), number(a, a, i, i), number(b, b, j, j));
            result.layers[module][((a * models + b) * layers + i) * layers + j] = value;
            if (std::isnan(value)) continue;
            all += value;
            ++n_all;
            if (i != j) continue;
            matched += value;
            ++n_matched;
          }
        result.all[module][a * models + b] = mean_of(all, n_all);
        result.matched[module][a * models + b] = mean_of(matched, n_matched);
      }
    offset += layers * layers;
  }
  return result;
}

std::vector<std::vector<std::uint8_t>> frame_assignments(const std::vector<Model>& models, const StudyFrame& frame,
                                                         CostKind costs) {
  std::vector<std::vector<std::uint8_t>> assigned;
  assign::AssignConfig config;
  config.threads = 1;
  network::ForwardWorkspace workspace;
  const auto all = network::implementations();
  for (const Model& model : models) {
    const auto chosen = std::find_if(all.begin(), all.end(), [&](const network::Implementation& each) {
      return each.computes(model.layout.description);
    });
    const auto forward = chosen->make(model.layout, to_flat(model, model.values));
    const std::vector<float> logits = (*forward)(frame.frame, frame.graph, workspace);
    std::vector<double> cost;
    for (const float x : logits)
      cost.push_back(1.0 - (costs == CostKind::Logits ? static_cast<double>(x)
                                                      : static_cast<double>(1.0F / (1.0F + std::exp(-x)))));
    assigned.push_back(assign::assign_costs(frame.segments(), cost, config).assigned);
  }
  return assigned;
}

std::vector<double> disagreement_counts(const std::vector<std::vector<std::uint8_t>>& assigned,
                                        std::span<const std::uint8_t> labels) {
  std::vector<double> counts;
  for (std::size_t a = 0; a < assigned.size(); ++a)
    for (std::size_t b = a; b < assigned.size(); ++b) {
      assign::Disagreement pair;
      pair.add(assigned[a], assigned[b], labels);
      for (const std::int64_t each : {pair.segments, pair.different, pair.wrong_a, pair.wrong_b})
        counts.push_back(static_cast<double>(each));
    }
  return counts;
}

std::vector<double> disagreement_matrix(std::span<const double> counts, std::size_t models) {
  std::vector<double> matrix(models * models, 0.0);
  for (std::size_t a = 0; a < models; ++a)
    for (std::size_t b = a + 1; b < models; ++b) {
      const double* at = counts.data() + 4 * pair_index(models, a, b);
      assign::Disagreement pair;
      pair.segments = static_cast<std::int64_t>(at[0]);
      pair.different = static_cast<std::int64_t>(at[1]);
      pair.wrong_a = static_cast<std::int64_t>(at[2]);
      pair.wrong_b = static_cast<std::int64_t>(at[3]);
      matrix[a * models + b] = matrix[b * models + a] = pair.normalised();
    }
  return matrix;
}

std::vector<GroupValue> group_values(std::span<const double> matrix, const std::vector<Model>& models) {
  std::vector<std::string> groups;
  for (const Model& model : models)
    if (std::find(groups.begin(), groups.end(), model.group) == groups.end()) groups.push_back(model.group);
  std::vector<GroupValue> result;
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (std::size_t h = g; h < groups.size(); ++h) {
      std::vector<double> values;
      for (std::size_t a = 0; a < models.size(); ++a)
        for (std::size_t b = 0; b < models.size(); ++b)
          if (models[a].group == groups[g] && models[b].group == groups[h] && (g != h || a < b))
            values.push_back(matrix[a * models.size() + b]);
      if (values.empty()) continue;
      std::sort(values.begin(), values.end());
      const std::size_t n = values.size();
      GroupValue value{
          groups[g],      groups[h],    static_cast<std::int64_t>(n), 0.0, 0.5 * (values[(n - 1) / 2] + values[n / 2]),
          values.front(), values.back()};
      for (const double each : values) value.mean += each / static_cast<double>(n);
      result.push_back(value);
    }
  return result;
}

}  // namespace difftrack::study
