// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/directions.hpp"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "difftrack/core/error.hpp"
#include "difftrack/study/lanczos.hpp"

namespace difftrack::study {

namespace {

constexpr double kParallel = 0.999;

/// A stretch of parameters that is scaled as one.
struct Block {
  std::size_t offset, size;
};

bool is_matrix(const network::Slice& slice) { return slice.shape.size() == 2; }

/// Name of the layer that a tensor is of: its path without the last word.
std::string layer_of(const network::Slice& slice) { return slice.name.substr(0, slice.name.find_last_of('.')); }

/// The blocks of a rule, each a list of stretches; what is in none becomes 0.
std::vector<std::vector<Block>> blocks_of(const network::ParameterLayout& layout, Normalisation rule) {
  std::vector<std::vector<Block>> blocks;
  std::string layer;
  for (const network::Slice& slice : layout.parameters) {
    if (rule == Normalisation::Filter) {
      if (!is_matrix(slice)) continue;
      const auto width = static_cast<std::size_t>(slice.shape[1]);
      for (std::size_t row = 0; row < slice.size / width; ++row)
        blocks.push_back({{slice.offset + row * width, width}});
    } else if (rule == Normalisation::Layer && !blocks.empty() && layer_of(slice) == layer) {
      blocks.back().push_back({slice.offset, slice.size});
    } else {
      blocks.push_back({{slice.offset, slice.size}});
    }
    layer = layer_of(slice);
  }
  return blocks;
}

double length(std::span<const double> values, const std::vector<Block>& blocks) {
  double squares = 0.0;
  for (const Block& block : blocks)
    for (const double each : values.subspan(block.offset, block.size)) squares += each * each;
  return std::sqrt(squares);
}

}  // namespace

Vector normalised(const Model& model, std::span<const double> direction, Normalisation rule) {
  Vector result(direction.begin(), direction.end());
  if (rule == Normalisation::None) return result;
  std::fill(result.begin(), result.end(), 0.0);
  for (const std::vector<Block>& blocks : blocks_of(model.layout, rule)) {
    const double of_direction = length(direction, blocks);
    const double factor = of_direction > 0.0 ? length(model.values, blocks) / of_direction : 0.0;
    for (const Block& block : blocks)
      for (std::size_t i = block.offset; i < block.offset + block.size; ++i) result[i] = factor * direction[i];
  }
  return result;
}

Plane make_plane(const Model& model, const std::vector<Vector>& directions, Normalisation rule) {
  Plane plane;
  for (const Vector& direction : directions) {
    plane.axes.push_back(normalised(model, direction, rule));
    plane.lengths.push_back(norm(plane.axes.back()));
    if (!(plane.lengths.back() > 0.0))
      throw core::InputError({model.file, "directions", std::to_string(plane.axes.size())}, "has the length 0");
  }
  if (plane.axes.size() < 2) return plane;
  plane.cosine = dot(plane.axes[0], plane.axes[1]) / (plane.lengths[0] * plane.lengths[1]);
  if (std::abs(plane.cosine) > kParallel)
    throw core::InputError({model.file, "directions", fmt::format("cosine {:.6f}", plane.cosine)},
                           "are parallel and span no plane; choose others, or dimensions = 1");
  return plane;
}

std::vector<Vector> random_directions(const Model& model, std::int32_t count, std::int64_t seed) {
  std::vector<Vector> directions;
  for (std::int32_t k = 0; k < count; ++k)
    directions.push_back(
        normal_vector(model.values.size(), static_cast<std::uint64_t>(seed), 1000U + static_cast<std::uint64_t>(k)));
  return directions;
}

PrincipalDirections principal_directions(const Model& model, const std::vector<Model>& checkpoints,
                                         std::int32_t count) {
  if (checkpoints.size() < static_cast<std::size_t>(count))
    throw core::InputError({"", "checkpoints", std::to_string(checkpoints.size())},
                           fmt::format("are too few for {} principal directions", count));
  std::vector<Vector> rows;
  for (const Model& checkpoint : checkpoints) {
    rows.push_back(checkpoint.values);
    for (std::size_t i = 0; i < rows.back().size(); ++i) rows.back()[i] -= model.values[i];
  }
  // Few rows, many columns: right singular vectors from the eigenvectors of the small Gram matrix.
  const auto n = static_cast<Eigen::Index>(rows.size());
  Eigen::MatrixXd gram(n, n);
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < n; ++j)
      gram(i, j) = dot(rows[static_cast<std::size_t>(i)], rows[static_cast<std::size_t>(j)]);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(gram);
  PrincipalDirections result;
  for (Eigen::Index k = 0; k < count; ++k) {
    const Eigen::Index place = n - 1 - k;
    Vector direction(model.values.size(), 0.0);
    for (Eigen::Index i = 0; i < n; ++i)
      for (std::size_t p = 0; p < direction.size(); ++p)
        direction[p] += solver.eigenvectors()(i, place) * rows[static_cast<std::size_t>(i)][p];
    const double size = norm(direction);
    for (double& each : direction) each = size > 0.0 ? each / size : 0.0;
    result.directions.push_back(std::move(direction));
    result.explained.push_back(gram.trace() > 0.0 ? solver.eigenvalues()[place] / gram.trace() : 0.0);
  }
  return result;
}

Projection project(const Plane& plane, std::span<const double> centre, std::span<const double> point) {
  Vector way(point.begin(), point.end());
  for (std::size_t i = 0; i < way.size(); ++i) way[i] -= centre[i];
  const auto n = static_cast<Eigen::Index>(plane.axes.size());
  Eigen::MatrixXd gram(n, n);
  Eigen::VectorXd right(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Vector& axis = plane.axes[static_cast<std::size_t>(i)];
    right[i] = dot(axis, way);
    for (Eigen::Index j = 0; j < n; ++j) gram(i, j) = dot(axis, plane.axes[static_cast<std::size_t>(j)]);
  }
  const Eigen::VectorXd solution = gram.ldlt().solve(right);
  Projection result;
  result.distance = norm(way);
  for (Eigen::Index k = 0; k < n; ++k) {
    result.coordinates.push_back(solution[k]);
    for (std::size_t i = 0; i < way.size(); ++i) way[i] -= solution[k] * plane.axes[static_cast<std::size_t>(k)][i];
  }
  const double rest = norm(way);
  result.residual_share = result.distance > 0.0 ? rest * rest / (result.distance * result.distance) : 0.0;
  return result;
}

Vector point_in(const Plane& plane, std::span<const double> centre, std::span<const double> coordinates) {
  Vector point(centre.begin(), centre.end());
  for (std::size_t k = 0; k < plane.axes.size(); ++k)
    for (std::size_t i = 0; i < point.size(); ++i) point[i] += coordinates[k] * plane.axes[k][i];
  return point;
}

}  // namespace difftrack::study
