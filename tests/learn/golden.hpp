// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "difftrack/event/io/npz.hpp"
#include "difftrack/learn/models/graph_tensors.hpp"
#include "difftrack/learn/models/module_parameters.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::learn {

/// One golden frame: what the published code computes (tests/data/golden/README.md).
class GoldenFrame {
 public:
  explicit GoldenFrame(const std::string& name) : file_(folder() + name + "_expected.npz") {}

  static std::string folder() { return paths::golden() + "/"; }

  /// Floating point in double, integers and booleans in int64.
  torch::Tensor tensor(const std::string& key) const {
    const auto array = file_.read(key);
    return std::visit([&](const auto& values) { return torch::tensor(values).view(array.shape); }, array.values);
  }
  template <class T>
  std::vector<T> values(const std::string& key) const {
    return file_.values<T>(key);
  }

  /// Edges in both directions, sorted by (from, to) as the published code has them. In training mode this matters:
  /// LibTorch 1.13.1 sums BatchNorm's statistics in float32, one row after the other, and another order of the edges
  /// (or a second thread) moves logits by up to 2e-2 and gradients by 3e-2.
  GraphTensors line_graph() const {
    const auto one = tensor("kink_from"), other = tensor("kink_to"), theta = tensor("kink_theta").to(torch::kFloat);
    const auto from = torch::cat({one, other}), to = torch::cat({other, one}), both = torch::cat({theta, theta});
    const auto order = (from * (from.max() + 1) + to).argsort();
    return {tensor("segment_features").to(torch::kFloat),
            from.index_select(0, order),
            to.index_select(0, order),
            both.index_select(0, order),
            {}};
  }
  SegmentTruth truth() const {
    return {tensor("segment_label").to(torch::kFloat), tensor("segment_touches_tracker").to(torch::kFloat)};
  }

  /// The network with the weights "trained" or "fresh", in the mode "eval" or "train".
  static GraphNetwork network(const std::string& weights, const std::string& mode) {
    const event::NpzFile file(folder() + "weights_" + weights + ".npz");
    network::Weights all;
    for (const std::string& key : file.keys()) {
      const auto array = file.read(key);
      all.tensors[key] = {array.shape, array.as<float>()};
    }
    GraphNetwork network(network::published_line_graph(16));
    load_parameters(*network, network::flatten(all, network::line_graph_layout(16), file.name()));
    network->train(mode == "train");
    return network;
  }

 private:
  event::NpzFile file_;
};

/// |a - b| / |b| over all entries.
inline double relative_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a.to(torch::kDouble) - b).norm() / b.norm()).item<double>();
}

}  // namespace difftrack::learn
