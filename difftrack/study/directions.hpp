// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/study/models.hpp"

namespace difftrack::study {

/// Where the directions of a surface come from.
enum class DirectionKind : std::uint8_t { Hessian, Random, Pca, Models, File };
/// Their names.
constexpr core::Choices<DirectionKind, 5> choices(DirectionKind) {
  return {{{DirectionKind::Hessian, "hessian", "eigenvectors of the largest eigenvalues on the same frames"},
           {DirectionKind::Random, "random", "Gaussian"},
           {DirectionKind::Pca, "pca", "principal components of the checkpoints around the model"},
           {DirectionKind::Models, "models", "towards the two other models"},
           {DirectionKind::File, "file", "vectors that study hessian has written"}}};
}

/// How long a direction is, so that the axes of different models mean the same. For each block of parameters d is
/// scaled to the length of the weights w there: d_b ← d_b ‖w_b‖ / ‖d_b‖, and to 0 where w_b or d_b is 0.
enum class Normalisation : std::uint8_t { None, Tensor, Filter, Layer };
/// Their names.
constexpr core::Choices<Normalisation, 4> choices(Normalisation) {
  return {{{Normalisation::None, "none", "as it is"},
           {Normalisation::Tensor, "tensor", "each tensor, biases and BatchNorm included (published)"},
           {Normalisation::Filter, "filter", "each row of a weight matrix, everything else 0 (Li and others 2018)"},
           {Normalisation::Layer, "layer", "weight and bias of a layer together"}}};
}

/// The direction with that rule. Filter alone does not change when a row that BatchNorm follows is scaled.
Vector normalised(const Model& model, std::span<const double> direction, Normalisation rule);

/// A plane: its centre is the model.
struct Plane {
  std::vector<Vector> axes;       ///< one or two directions, as they multiply a and b
  std::vector<double> lengths;    ///< ‖d‖ of each
  double cosine = 0.0;            ///< between them; normalised directions are not orthogonal in general
  std::vector<double> explained;  ///< of pca: shares of the squared distances of the checkpoints; else empty
};

/// Normalises the directions and puts them together. Throws InputError for a direction of length 0 and for two that
/// are parallel (|cos| > 0.999): they span no plane.
Plane make_plane(const Model& model, const std::vector<Vector>& directions, Normalisation rule);

/// Gaussian directions, a function of seed and number.
std::vector<Vector> random_directions(const Model& model, std::int32_t count, std::int64_t seed);

/// First right singular vectors of the checkpoints' distances W − 1wᵀ from the model, and the share of σ² that each
/// explains. Throws InputError for fewer checkpoints than directions.
struct PrincipalDirections {
  std::vector<Vector> directions;  ///< unit length
  std::vector<double> explained;   ///< σ_k² / Σ σ²
};
/// See there.
PrincipalDirections principal_directions(const Model& model, const std::vector<Model>& checkpoints, std::int32_t count);

/// Where a point lies in a plane.
struct Projection {
  std::vector<double> coordinates;  ///< argmin ‖Σ c_k d_k − (w_k − w*)‖, by the normal equations
  double residual_share = 0.0;      ///< ‖rest‖² / ‖w_k − w*‖²: how much of the way is not in the plane
  double distance = 0.0;            ///< ‖w_k − w*‖
};
/// Least squares; the axes need not be orthogonal.
Projection project(const Plane& plane, std::span<const double> centre, std::span<const double> point);

/// centre + Σ coordinates_k · axes_k.
Vector point_in(const Plane& plane, std::span<const double> centre, std::span<const double> coordinates);

}  // namespace difftrack::study
