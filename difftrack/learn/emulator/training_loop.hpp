// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "difftrack/core/random.hpp"
#include "difftrack/learn/emulator/emulator_run.hpp"
#include "difftrack/learn/torch_shim.hpp"

namespace difftrack::learn {

/// How weights move from step to step.
struct Schedule {
  std::int64_t epochs = 1, batch = 1;
  double learning_rate = 1e-3;
  double weight_decay = 0.0;  ///< of squares of weights, in the gradient
  bool steady = false;        ///< false: a warm start, then a cosine to 0, gradients cut at norm 1
  std::uint64_t seed = 1;     ///< of the order of rows
};

/// Weights of a small network, their averages in Adam (Kingma and Ba, arXiv:1412.6980), and how far training is.
class EmulatorState {
 public:
  /// Adds a matrix, or a vector where `columns` is 0, of normal numbers of a deviation.
  void add(const std::string& name, std::int64_t rows, std::int64_t columns, double deviation,
           core::RandomStream& random);
  std::size_t size() const { return weights_.size(); }
  /// By the order of add().
  const torch::Tensor& operator[](std::size_t i) const { return weights_[i].second; }
  std::vector<float> values(std::size_t i) const;  ///< of one of them, row by row

  /// One step down the gradients that the weights have; they have none afterwards.
  void step_down(const Schedule& schedule, double rate);
  /// Remembers the weights as the best so far where `validation` is the least so far.
  void keep_best(double validation);
  /// Goes back to them.
  void take_best();

  /// Writes all of it into a .safetensors, with what `options` says of the run; no path, no file.
  void write(const std::string& path, const std::string& options) const;
  /// Reads it where the file is there. Throws InputError (file, field, value) for a damaged one or other options.
  void read(const std::string& path, const std::string& options);

  std::int64_t epoch = 0, step = 0;
  double loss = 0.0;  ///< mean of the last epoch

 private:
  std::vector<std::pair<std::string, torch::Tensor>> weights_;
  std::vector<torch::Tensor> first_, second_, best_;
  double best_validation_ = 1e300;
};

/// What a training is of.
struct EmulatorTask {
  std::function<std::int64_t(std::int64_t)> rows;           ///< number of rows of an epoch, made ready
  std::function<torch::Tensor(const torch::Tensor&)> loss;  ///< mean loss of rows, by number
  std::function<double()> validation = {};                  ///< after an epoch; the best weights are kept
};

/// Trains until all epochs are over or it is told to stop: false then. The order of rows is a function of seed and
/// epoch, so a run that goes on from its checkpoint ends with the same bits.
bool run_training(EmulatorState& state, const EmulatorTask& task, const Schedule& schedule, const EmulatorRun& run,
                  const std::string& options);

/// Values as a tensor [·, columns].
torch::Tensor table_of(const std::vector<float>& values, std::int64_t columns);
/// All values of a tensor, row by row.
std::vector<float> values_of(const torch::Tensor& any);

}  // namespace difftrack::learn
