// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/study/models.hpp"

namespace difftrack::study {

/// Hidden units that may change places without changing the network: the outputs of one Linear layer, with the
/// BatchNorm columns and the columns of the next layer that read them. The published network has eight groups of 16:
/// two hidden layers and the message of R1, two hidden layers and the output of O, two hidden layers of R2. (The
/// maximum over messages takes each column by itself, so messages permute, too.)
struct UnitGroup {
  std::string name;  ///< as "R1.layers.1"
  std::size_t size = 0;
  std::vector<std::vector<std::size_t>> parameters;  ///< per unit: places in the parameters, in matching order
  std::vector<std::vector<std::size_t>> statistics;  ///< per unit: places in the running statistics
};

/// The groups of a line-graph network with one step of message passing. Throws InputError for other networks.
std::vector<UnitGroup> unit_groups(const network::ParameterLayout& layout, const std::string& source);

/// The model with unit i of the group taken from unit order[i]: the same function.
void permute_units(const UnitGroup& group, const std::vector<std::int32_t>& order, Model& model);

/// What aligning did.
struct AlignmentReport {
  std::int32_t sweeps = 0;       ///< over all groups, the last of which changed nothing
  std::int64_t moved = 0;        ///< units that ended in another place
  double distance_before = 0.0;  ///< ‖A − B‖
  double distance_after = 0.0;   ///< the same with B's units in order
};

/// Brings the hidden units of `model` into the order of those of `target`: group by group the assignment of units that
/// maximises Σ_i ⟨w_i(target), w_σ(i)(model)⟩, all weights in and out of a unit, until a sweep over the groups changes
/// nothing. Each step lowers ‖target − model‖, so it ends; the optimum is local, as no sweep looks at two groups at
/// once. Source: Ainsworth, Hayase and Srinivasa, ICLR 2023, arXiv:2209.04836 (weight matching); solver: SparseLap.
AlignmentReport align_units(const Model& target, Model& model);

}  // namespace difftrack::study
