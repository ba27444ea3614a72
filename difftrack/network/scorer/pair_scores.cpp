// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/scorer/pair_scores.hpp"

#include <stdexcept>

#include "difftrack/network/kernels/pair_head.hpp"
#include "difftrack/network/reference/pair_head.hpp"

namespace difftrack::network {
namespace {

std::size_t rows_of(const PairHead& head, std::span<const float> rows) {
  if (head.flat.size() != pair_head_size(head.width) || rows.size() % kPairColumns != 0)
    throw std::invalid_argument("a pair head and rows of other sizes");
  return rows.size() / kPairColumns;
}

}  // namespace

std::vector<float> pair_scores(const PairHead& head, std::span<const float> rows) {
  std::vector<float> scores(rows_of(head, rows));
  if (kernels::has_pair_kernels(head.width)) {
    kernels::pair_scores(head, rows, scores);
  } else {
    const std::vector<double> exact = reference::pair_scores(head, rows);
    scores.assign(exact.begin(), exact.end());
  }
  return scores;
}

void add_pair_gradient(const PairHead& head, std::span<const float> rows, std::span<const float> grad_scores,
                       std::span<double> gradient) {
  if (grad_scores.size() != rows_of(head, rows) || gradient.size() != head.flat.size())
    throw std::invalid_argument("a gradient of another pair head or other rows");
  if (kernels::has_pair_kernels(head.width))
    kernels::add_pair_gradient(head, rows, grad_scores, gradient);
  else
    reference::add_pair_gradient(head, rows, grad_scores, gradient);
}

}  // namespace difftrack::network
