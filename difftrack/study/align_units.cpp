// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/align_units.hpp"

#include <algorithm>
#include <numeric>

#include "difftrack/assign/sparse_lap.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/study/lanczos.hpp"

namespace difftrack::study {

namespace {

constexpr std::int32_t kMostSweeps = 100;

/// Who reads the units: BatchNorm columns and input columns `first` … of a Linear layer.
struct Reader {
  const network::NormSlices* norm;
  const network::LinearSlices* linear;  // none behind the last layer
  std::size_t first;
};

UnitGroup group_of(const std::string& name, const network::LinearSlices& writer, const std::vector<Reader>& readers) {
  UnitGroup group{name, static_cast<std::size_t>(writer.out), {}, {}};
  for (std::size_t unit = 0; unit < group.size; ++unit) {
    std::vector<std::size_t> parameters, statistics;
    const auto in = static_cast<std::size_t>(writer.in);
    for (std::size_t k = 0; k < in; ++k) parameters.push_back(writer.weight + unit * in + k);
    parameters.push_back(writer.bias + unit);
    for (const Reader& reader : readers) {
      const std::size_t column = reader.first + unit;
      parameters.push_back(reader.norm->weight + column);
      parameters.push_back(reader.norm->bias + column);
      statistics.push_back(reader.norm->mean + column);
      statistics.push_back(reader.norm->var + column);
      if (reader.linear == nullptr) continue;
      const auto width = static_cast<std::size_t>(reader.linear->in);
      for (std::size_t o = 0; o < static_cast<std::size_t>(reader.linear->out); ++o)
        parameters.push_back(reader.linear->weight + o * width + column);
    }
    group.parameters.push_back(std::move(parameters));
    group.statistics.push_back(std::move(statistics));
  }
  return group;
}

/// order[i]: the unit of `model` that takes place i.
std::vector<std::int32_t> best_order(const UnitGroup& group, const Model& target, const Model& model) {
  assign::Problem problem;
  problem.n_rows = problem.n_columns = static_cast<std::int32_t>(group.size);
  problem.row_begin.push_back(0);
  for (std::size_t i = 0; i < group.size; ++i) {
    for (std::size_t j = 0; j < group.size; ++j) {
      double product = 0.0;
      for (std::size_t k = 0; k < group.parameters[i].size(); ++k)
        product += target.values[group.parameters[i][k]] * model.values[group.parameters[j][k]];
      problem.column.push_back(static_cast<std::int32_t>(j));
      problem.cost.push_back(-product);
    }
    problem.row_begin.push_back(static_cast<std::int32_t>(problem.column.size()));
  }
  const assign::Solution solution = assign::SparseLap{}(problem);
  std::vector<std::int32_t> order(group.size);
  for (std::size_t i = 0; i < group.size; ++i)
    order[i] = problem.column[static_cast<std::size_t>(solution.row_to_entry[i])];
  return order;
}

double distance(const Model& a, const Model& b) {
  Vector way = a.values;
  for (std::size_t i = 0; i < way.size(); ++i) way[i] -= b.values[i];
  return norm(way);
}

bool is_identity(const std::vector<std::int32_t>& order) {
  for (std::size_t i = 0; i < order.size(); ++i)
    if (order[i] != static_cast<std::int32_t>(i)) return false;
  return true;
}

}  // namespace

std::vector<UnitGroup> unit_groups(const network::ParameterLayout& layout, const std::string& source) {
  if (layout.steps.size() != 1 || layout.description.network != network::NetworkKind::LineGraph)
    throw core::InputError({source, "align", ""}, "is made for line-graph networks with one step of message passing");
  const network::PerceptronSlices &r1 = layout.steps[0].relational, &o = layout.steps[0].object, &r2 = layout.read_out;
  const auto columns = static_cast<std::size_t>(o.linear[0].in - r1.linear[2].out);  // features before the message
  std::vector<UnitGroup> groups;
  for (const network::PerceptronSlices* p : {&r1, &o, &r2})
    for (std::size_t k = 0; k < 2; ++k)
      groups.push_back(group_of(p->name + " hidden " + std::to_string(k + 1), p->linear[k],
                                {{&p->norm[k + 1], &p->linear[k + 1], 0}}));
  groups.push_back(group_of("R1 message", r1.linear[2], {{&o.norm[0], &o.linear[0], columns}}));
  groups.push_back(group_of("O output", o.linear[2], {{&o.norm[3], nullptr, 0}, {&r2.norm[0], &r2.linear[0], 0}}));
  return groups;
}

void permute_units(const UnitGroup& group, const std::vector<std::int32_t>& order, Model& model) {
  const Vector values = model.values;
  const std::vector<float> statistics = model.statistics;
  for (std::size_t i = 0; i < group.size; ++i) {
    const auto from = static_cast<std::size_t>(order[i]);
    for (std::size_t k = 0; k < group.parameters[i].size(); ++k)
      model.values[group.parameters[i][k]] = values[group.parameters[from][k]];
    for (std::size_t k = 0; k < group.statistics[i].size(); ++k)
      model.statistics[group.statistics[i][k]] = statistics[group.statistics[from][k]];
  }
}

AlignmentReport align_units(const Model& target, Model& model) {
  const std::vector<UnitGroup> groups = unit_groups(model.layout, model.file);
  AlignmentReport report;
  report.distance_before = distance(target, model);
  std::vector<std::vector<std::int32_t>> places;  // per group: which of the first units stands where
  for (const UnitGroup& group : groups) {
    places.emplace_back(group.size);
    std::iota(places.back().begin(), places.back().end(), 0);
  }
  for (bool changed = true; changed && report.sweeps < kMostSweeps; ++report.sweeps) {
    changed = false;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const std::vector<std::int32_t> order = best_order(groups[g], target, model);
      if (is_identity(order)) continue;
      permute_units(groups[g], order, model);
      std::vector<std::int32_t> now(order.size());
      for (std::size_t i = 0; i < order.size(); ++i) now[i] = places[g][static_cast<std::size_t>(order[i])];
      places[g] = now;
      changed = true;
    }
  }
  for (const auto& place : places)
    for (std::size_t i = 0; i < place.size(); ++i) report.moved += place[i] != static_cast<std::int32_t>(i);
  report.distance_after = distance(target, model);
  return report;
}

}  // namespace difftrack::study
