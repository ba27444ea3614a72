// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/landscape.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/core/error.hpp"
#include "tests/core/temporary_folder.hpp"
#include "tests/study/study_fixture.hpp"

namespace difftrack::study {
namespace {

using core::TemporaryFolder;

PointLosses bowl(std::span<const double> c) {
  const double r2 = c[0] * c[0] + (c.size() > 1 ? 4.0 * c[1] * c[1] : 0.0);
  return {0.01 + r2, 0.01 + 20.0 * r2 * r2, 0.65, 1.0 - r2, r2};
}

core::WorkQueue queue_in(const std::string& folder, core::Share share = {}, int threads = 1) {
  return core::WorkQueue({.folder = folder, .settings = "bowl\n", .share = share, .threads = threads});
}

Surface evaluated(const LandscapeConfig& config, int threads = 1) {
  const TemporaryFolder folder;
  core::WorkQueue queue = queue_in(folder / "tasks", {}, threads);
  return *evaluate_surface(config, queue, [](std::span<const double> c, int) { return bowl(c); });
}

double hamming(const PointLosses& at) { return at.hamming; }
double bce(const PointLosses& at) { return at.bce; }

TEST(Surface, AnEvenNumberOfPointsLeavesOutTheCentreWhichIsComputedApart) {
  const Surface surface = evaluated({.points = 50});
  EXPECT_EQ(surface.losses.size(), 2500U);
  EXPECT_DOUBLE_EQ(surface.centre.hamming, 0.01);
  const SurfaceSummary summary = summarise(surface, 2.0, hamming);
  EXPECT_NEAR(std::abs(summary.minimum_a), 0.0102, 1e-4);
  EXPECT_GT(summary.minimum, 0.01);
  EXPECT_DOUBLE_EQ(summary.maximum, bowl(std::vector<double>{0.5, 0.5}).hamming);
}

TEST(Surface, SharesOfTheAreaAreThoseOfAnEllipse) {
  const Surface surface = evaluated({.points = 101});
  const double r2 = 0.03;  // bce up to 4 x the centre's
  EXPECT_NEAR(summarise(surface, 4.0, bce).wide, std::acos(-1.0) * r2 / 2.0, 3e-3);
}

TEST(Surface, RefinementComputesWhereTheLossChangesAndAgreesThere) {
  LandscapeConfig config{.points = 17, .refine = true, .refine_ratio = 1.3, .refine_levels = 2};
  const Surface fine = evaluated(config);
  EXPECT_EQ(fine.grid.side, 65);
  EXPECT_LT(fine.losses.size(), 65U * 65U);
  EXPECT_GT(fine.losses.size(), 17U * 17U);
  const std::vector<double> full = on_full_grid(fine, bce);
  ASSERT_EQ(full.size(), 65U * 65U);
  for (std::int32_t j = 0; j < 65; ++j)
    for (std::int32_t i = 0; i < 65; ++i) {
      const std::vector<double> at{fine.grid.coordinate(i), fine.grid.coordinate(j)};
      EXPECT_NEAR(full[static_cast<std::size_t>(j * 65 + i)] / bowl(at).bce, 1.0, 0.1);
    }
}

TEST(Surface, LinesAreRefinedToo) {
  const Surface line = evaluated({.dimensions = 1, .points = 11, .refine = true, .refine_levels = 3});
  const std::vector<double> full = on_full_grid(line, hamming);
  ASSERT_EQ(full.size(), 81U);
  EXPECT_DOUBLE_EQ(full[0], bowl(std::vector<double>{-0.5}).hamming);
  EXPECT_DOUBLE_EQ(full[40], 0.01);
}

TEST(Surface, AnySharingOfTheWorkGivesTheSame) {
  const LandscapeConfig config{.points = 9, .refine = true};
  const std::vector<double> whole = on_full_grid(evaluated(config), bce);
  EXPECT_EQ(on_full_grid(evaluated(config, 4), bce), whole);
  const TemporaryFolder folder;
  std::optional<Surface> surface;
  for (int round = 0; round < 4 && !surface; ++round)
    for (std::int32_t i = 0; i < 3; ++i) {
      core::WorkQueue queue = queue_in(folder / "tasks", {i, 3});
      surface = evaluate_surface(config, queue, [](std::span<const double> c, int) { return bowl(c); });
    }
  ASSERT_TRUE(surface);
  EXPECT_EQ(on_full_grid(*surface, bce), whole);
}

TEST(Directions, RulesOfNormalisation) {
  const Model model = trained("ptt_1");
  const Vector raw = random_directions(model, 1, 3).front();
  EXPECT_EQ(normalised(model, raw, Normalisation::None), raw);
  const Vector tensor = normalised(model, raw, Normalisation::Tensor),
               filter = normalised(model, raw, Normalisation::Filter),
               layer = normalised(model, raw, Normalisation::Layer);
  const auto part = [](const Vector& v, std::size_t offset, std::size_t size) {
    return norm(std::span(v).subspan(offset, size));
  };
  for (const network::Slice& slice : model.layout.parameters) {
    EXPECT_NEAR(part(tensor, slice.offset, slice.size), part(model.values, slice.offset, slice.size), 1e-9)
        << slice.name;
    if (slice.shape.size() == 1) {
      EXPECT_EQ(part(filter, slice.offset, slice.size), 0.0) << slice.name;
    }
  }
  const network::LinearSlices& linear = model.layout.steps[0].relational.linear[0];
  const auto in = static_cast<std::size_t>(linear.in);
  for (std::size_t row = 0; row < 16; ++row)
    EXPECT_NEAR(part(filter, linear.weight + row * in, in), part(model.values, linear.weight + row * in, in), 1e-9);
  EXPECT_NEAR(norm(layer), norm(model.values), 1e-9);
  EXPECT_NEAR(part(layer, linear.weight, 16 * in + 16), part(model.values, linear.weight, 16 * in + 16), 1e-9);
}

TEST(Directions, ParallelOnesSpanNoPlane) {
  const Model model = trained("ptt_1");
  const Vector a = random_directions(model, 1, 3).front();
  Vector b = a;
  for (double& each : b) each *= -2.0;
  EXPECT_THROW(make_plane(model, {a, b}, Normalisation::Tensor), core::InputError);
  EXPECT_THROW(make_plane(model, {Vector(a.size(), 0.0)}, Normalisation::None), core::InputError);
  const Plane plane = make_plane(model, random_directions(model, 2, 3), Normalisation::Tensor);
  EXPECT_NE(plane.cosine, 0.0);  // not orthogonal once they are normalised
}

TEST(Directions, AProjectionFindsWhatLiesInThePlaneAndTellsTheRest) {
  const Model model = trained("ptt_1");
  const Plane plane = make_plane(model, random_directions(model, 2, 8), Normalisation::Tensor);
  const Vector inside = point_in(plane, model.values, std::vector<double>{0.3, -0.2});
  const Projection found = project(plane, model.values, inside);
  EXPECT_NEAR(found.coordinates[0], 0.3, 1e-10);
  EXPECT_NEAR(found.coordinates[1], -0.2, 1e-10);
  EXPECT_NEAR(found.residual_share, 0.0, 1e-18);
  Vector outside = model.values;
  const Vector third = random_directions(model, 3, 99)[2];
  for (std::size_t i = 0; i < outside.size(); ++i) outside[i] += third[i];
  EXPECT_GT(project(plane, model.values, outside).residual_share, 0.95);
}

TEST(Directions, PrincipalOnesSpanTheCheckpoints) {
  const Model model = trained("ptt_1");
  const std::vector<Vector> axes = random_directions(model, 2, 4);
  std::vector<Model> checkpoints(5, model);
  for (std::size_t k = 0; k < checkpoints.size(); ++k)
    for (std::size_t i = 0; i < model.values.size(); ++i)
      checkpoints[k].values[i] += static_cast<double>(k) * axes[0][i] + std::sin(static_cast<double>(k)) * axes[1][i];
  const PrincipalDirections found = principal_directions(model, checkpoints, 2);
  EXPECT_NEAR(found.explained[0] + found.explained[1], 1.0, 1e-9);
  EXPECT_NEAR(norm(found.directions[0]), 1.0, 1e-9);
  const Plane plane = make_plane(model, found.directions, Normalisation::None);
  for (const Model& each : checkpoints) EXPECT_LT(project(plane, model.values, each.values).residual_share, 1e-9);
  EXPECT_THROW(principal_directions(model, {model}, 2), core::InputError);
}

TEST(PointEvaluator, ThreeStatisticsAgreeWhereTheyMustAndDifferElsewhere) {
  const Model model = trained("ptt_1");
  const FrameSet frames = beam_frames(1, 30, 20);
  PointEvaluator::Workspace workspace;
  const auto at = [&](Statistics statistics) {
    return PointEvaluator(model, frames, statistics, 1)(model.values, model.statistics, workspace);
  };
  const PointLosses frame = at(Statistics::Frame), running = at(Statistics::Running),
                    again = at(Statistics::Recomputed);
  // Statistics recomputed on the only frame are those of the frame, but for n / (n − 1) in the variance.
  EXPECT_NEAR(again.bce, frame.bce, 0.02 * frame.bce);
  EXPECT_NE(running.bce, frame.bce);
  EXPECT_EQ(running.ceiling, frame.ceiling);
}

}  // namespace
}  // namespace difftrack::study
