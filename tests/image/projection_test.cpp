// SPDX-License-Identifier: Apache-2.0
// From paths and WEPLs to pictures: binning, the weights of views, filtered back projection.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/image/bin_protons.hpp"
#include "difftrack/image/filtered_back_projection.hpp"
#include "difftrack/image/hull.hpp"
#include "difftrack/image/image_loss.hpp"

namespace difftrack::image {
namespace {

constexpr double kPi = std::numbers::pi;

Path straight(double x, double y, double slope_x, double slope_y) {
  Path path;
  for (std::size_t n = 0; n < Path::kNodes; ++n) {
    path.x[n] = static_cast<float>(x);
    path.y[n] = static_cast<float>(y);
    path.slope_x[n] = static_cast<float>(slope_x);
    path.slope_y[n] = static_cast<float>(slope_y);
  }
  return path;
}

struct Made {
  std::vector<Path> paths;
  std::vector<float> wepl;
};

Made made_protons(int n, std::uint64_t seed) {
  Made made;
  core::RandomStream random(seed, 0);
  for (int i = 0; i < n; ++i) {
    made.paths.push_back(
        straight(20.0 * random.normal(), 20.0 * random.normal(), 0.05 * random.normal(), 0.05 * random.normal()));
    made.wepl.push_back(static_cast<float>(100.0 + 10.0 * random.normal()));
  }
  return made;
}

TEST(BinProtons, EqualsThePlainLoopsForAnyNumberOfThreads) {
  const BinProtons::Config config{.grid = {.pixels = 24, .pixel = 3.0, .slices = 3, .slice_height = 15.0}};
  const Made made = made_protons(400, 2);
  const Projection plain = bin_protons_reference(config, made.paths, made.wepl, 0.4);
  for (const int threads : {1, 3}) {
    const Projection p = BinProtons(config)(made.paths, made.wepl, {}, 0.4, threads);
    EXPECT_EQ(p.protons, plain.protons);
    ASSERT_EQ(p.wepl.size(), plain.wepl.size());
    for (std::size_t i = 0; i < p.wepl.size(); ++i) EXPECT_NEAR(p.wepl[i], plain.wepl[i], 1e-3F);
    EXPECT_EQ(p.wepl, BinProtons(config)(made.paths, made.wepl, {}, 0.4, 1).wepl);
  }
}

TEST(BinProtons, SharesSumToTheProtonsAndFollowThePosition) {
  const BinProtons bin({.grid = {.pixels = 24, .pixel = 3.0}, .splat = Splat::Linear});
  const std::vector<Path> one{straight(3.75, 0.0, 0.0, 0.0)};  // between the cells about 1.5 and 4.5
  const std::vector<float> wepl{100.0F};
  const Projection p = bin(one, wepl, {}, 0.0, 1);
  const std::size_t row = p.row(0, 12);  // depth 1.5 mm: the scale is 6600 / 6601.5
  EXPECT_NEAR(p.protons[row + 12], 0.25F, 1e-3F);
  EXPECT_NEAR(p.protons[row + 13], 0.75F, 1e-3F);
  EXPECT_EQ(p.wepl[row + 13], 100.0F);
}

TEST(BinProtons, ProtonsThatDoNotCountLeaveNoTrace) {
  const BinProtons::Config config{.grid = {.pixels = 24, .pixel = 3.0}};
  Made made = made_protons(100, 3);
  std::vector<std::uint8_t> keep(100, 1);
  for (std::size_t i = 50; i < 100; ++i) keep[i] = 0;
  const Projection cut = BinProtons(config)(made.paths, made.wepl, keep, 0.0, 1);
  made.paths.resize(50);
  made.wepl.resize(50);
  EXPECT_EQ(cut.wepl, BinProtons(config)(made.paths, made.wepl, {}, 0.0, 1).wepl);
}

TEST(BinProtons, ARadiographIsTheDepthPlaneOfTheIsocentre) {
  const BinProtons bin({.grid = {.pixels = 25, .pixel = 3.0, .slices = 3, .slice_height = 15.0}});  // odd: a plane at 0
  const Made made = made_protons(400, 4);
  const Projection whole = bin(made.paths, made.wepl, {}, 0.4, 2),
                   flat = bin.radiograph(made.paths, made.wepl, {}, 0.4);
  ASSERT_EQ(flat.counts, (std::array<std::int64_t, 3>{25, 3, 1}));
  const auto first = static_cast<std::ptrdiff_t>(whole.row(0, 12)),
             last = static_cast<std::ptrdiff_t>(whole.row(0, 13));
  EXPECT_EQ(flat.wepl, std::vector<float>(whole.wepl.begin() + first, whole.wepl.begin() + last));
  EXPECT_EQ(flat.protons, std::vector<float>(whole.protons.begin() + first, whole.protons.begin() + last));
}

TEST(FillEmpty, DrawsStraightLinesBetweenNeighbours) {
  Projection p{0.0, {8, 1, 1}, {1, 1, 1}, {0, 10, 0, 0, 40, 0, 0, 0}, {0, 2, 0, 0, 1, 0, 0, 0}};
  EXPECT_EQ(fill_empty(p), 2);
  EXPECT_EQ(p.wepl, (std::vector<float>{0, 10, 20, 30, 40, 0, 0, 0}));
}

TEST(ViewWeights, OfFullAndHalfTurnsSumToPi) {
  std::vector<double> full, half;
  for (int i = 0; i < 60; ++i) full.push_back(2.0 * kPi * i / 60), half.push_back(kPi * i / 60);
  for (const auto& rotations : {full, half})
    for (const double weight : view_weights(rotations)) EXPECT_NEAR(weight, kPi / 60, 1e-9);
  EXPECT_NEAR(largest_hole(full), 1.0, 1e-6);
  full.erase(full.begin() + 10);
  double sum = 0.0;
  for (const double weight : view_weights(full)) sum += weight;
  EXPECT_NEAR(sum, kPi, 1e-9);
  EXPECT_NEAR(view_weights(full)[9], 1.5 * kPi / 60, 1e-9);  // its neighbour is missing
  EXPECT_NEAR(largest_hole(full), 2.0, 1e-6);
}

/// A disc of RSP 1 and 60 mm, a small one of 1.6 at (25, 10): not the same from any two sides.
double line_integral(double u, const Rotation& r, double distance) {
  // The ray through (u, z = 0) from the point (0, -distance).
  const double slope = u / distance;
  const auto chord = [&](double x, double z, double radius) {
    const double bx = r.beam_x(x, z), bz = r.beam_z(x, z);
    const double norm = std::sqrt(1.0 + slope * slope), off = (u + slope * bz - bx) / norm;
    return off * off < radius * radius ? 2.0 * std::sqrt(radius * radius - off * off) : 0.0;
  };
  return chord(0.0, 0.0, 60.0) + 0.6 * chord(25.0, 10.0, 12.0);
}

class BackProjection : public testing::TestWithParam<double> {};

TEST_P(BackProjection, FindsTwoDiscsWhereTheyAre) {
  const double distance = GetParam();
  const GridConfig grid{.pixels = 160, .pixel = 1.0};
  std::vector<double> rotations;
  for (int i = 0; i < 180; ++i) rotations.push_back(2.0 * kPi * i / 180);
  const auto weights = view_weights(rotations);
  FilteredBackProjection fbp({.grid = grid, .steering_distance = distance}),
      two({.grid = grid, .steering_distance = distance});
  for (std::size_t v = 0; v < rotations.size(); ++v) {
    Projection p{rotations[v], {160, 1, 160}, {1.0, 60.0, 1.0}, {}, {}};
    for (int w = 0; w < 160; ++w)
      for (int u = 0; u < 160; ++u)
        p.wepl.push_back(static_cast<float>(line_integral(u - 79.5, Rotation(rotations[v]), distance)));
    fbp.add(p, weights[v], 1);
    two.add(p, weights[v], 3);
  }
  const Volume& image = fbp.image();
  EXPECT_EQ(image.values, two.image().values);  // for any number of threads
  const auto mean = [&](double x, double z, double radius) {
    double sum = 0.0, n = 0.0;
    for (std::int64_t k = 0; k < 160; ++k)
      for (std::int64_t i = 0; i < 160; ++i)
        if (std::hypot(image.centre(0, i) - x, image.centre(2, k) - z) < radius)
          sum += static_cast<double>(image.values[image.index(i, 0, k)]), n += 1.0;
    return sum / n;
  };
  EXPECT_NEAR(mean(0.0, -25.0, 15.0), 1.0, 0.003);
  EXPECT_NEAR(mean(25.0, 10.0, 8.0), 1.6, 0.006);
  EXPECT_NEAR(mean(-25.0, 10.0, 8.0), 1.0, 0.006);  // not mirrored
  EXPECT_NEAR(mean(25.0, -10.0, 8.0), 1.0, 0.006);
  EXPECT_NEAR(mean(70.0, 30.0, 3.0), 0.0, 0.02);
}
INSTANTIATE_TEST_SUITE_P(Distances, BackProjection, testing::Values(600.0, 6600.0, 1e6));

TEST(BackProjection, AWindowLowersTheNoise) {
  core::RandomStream random(9, 0);
  Projection p{0.0, {64, 1, 64}, {1.0, 60.0, 1.0}, {}, {}};
  for (int i = 0; i < 64 * 64; ++i) p.wepl.push_back(static_cast<float>(random.normal()));
  const auto power = [&](Window window) {
    FilteredBackProjection fbp({.grid = {.pixels = 64}, .window = window});
    fbp.add(p, kPi, 1);
    double sum = 0.0;
    for (const float value : fbp.image().values) sum += static_cast<double>(value * value);
    return sum;
  };
  EXPECT_LT(power(Window::Hann), 0.35 * power(Window::Ramp));
}

// A straight line through the protons of one view: what a change of WEPLs does to the image, weighted by any r, is what
// the transposed makes of r at each proton, holes between cells included.
TEST(ImageGradient, IsTheTransposedOfTheWayToTheImage) {
  const GridConfig grid{.pixels = 40, .pixel = 2.0, .slices = 2, .slice_height = 30.0};
  for (const Splat splat : {Splat::Nearest, Splat::Linear})
    for (const Window window : {Window::Ramp, Window::Hann}) {
      const BinProtons bin({.grid = grid, .splat = splat});
      const FilteredBackProjection none({.grid = grid, .window = window});
      const Made made = made_protons(60, 8);
      core::RandomStream random(9, 0);
      std::vector<float> change;
      for (std::size_t i = 0; i < made.wepl.size(); ++i) change.push_back(static_cast<float>(random.normal()));
      Volume by_image = make_volume(grid);
      for (float& value : by_image.values) value = static_cast<float>(random.normal());

      Projection p = bin(made.paths, change, {}, 0.7, 2);
      ASSERT_GT(fill_empty(p), 50);
      FilteredBackProjection fbp = none;
      fbp.add(p, 0.2, 2);
      double forward = 0.0, backward = 0.0, size = 0.0;
      for (std::size_t i = 0; i < by_image.size(); ++i)
        forward += static_cast<double>(fbp.image().values[i] * by_image.values[i]);

      std::vector<float> by_wepl = none.gradient(by_image, p, 0.2, 2);
      gather_filled(p, by_wepl);
      const auto gradient = bin.gradient(p, by_wepl, made.paths, {}, 2);
      EXPECT_EQ(gradient, bin.gradient(p, by_wepl, made.paths, {}, 1));
      for (std::size_t i = 0; i < change.size(); ++i) {
        backward += static_cast<double>(gradient[i] * change[i]);
        size += std::abs(static_cast<double>(gradient[i] * change[i]));
      }
      EXPECT_NEAR(forward, backward, 1e-4 * size);
    }
}

/// Nine views of a water cylinder of 60 mm, 300 protons each that go straight.
std::vector<View> cylinder_views(std::vector<double>& rotations) {
  std::vector<View> views;
  core::RandomStream random(11, 0);
  const auto push = [](std::vector<float>& to, double value) { to.push_back(static_cast<float>(value)); };
  for (int v = 0; v < 9; ++v) {
    View view;
    view.rotation = 2.0 * kPi * v / 9.0;
    rotations.push_back(view.rotation);
    Protons& p = view.protons;
    for (int i = 0; i < 300; ++i) {
      const double spot = 7.0 * (i % 21 - 10), x = spot + 3.0 * random.normal();
      const double chord = std::abs(x) < 60.0 ? 2.0 * std::sqrt(3600.0 - x * x) : 0.0;
      push(p.x, x + spot / 6600.0 * 225.0), push(p.y, 3.0 * random.normal());
      push(p.slope_x, spot / 6600.0), push(p.slope_y, 0.0);
      push(p.spot_x, spot), push(p.spot_y, 0.0);
      push(p.range, 330.0 - chord), push(p.range_sd, 2.0);
      push(p.wepl, chord + 4.0 * random.normal()), push(p.wepl_sd, 4.0);
      p.tail.push_back(0);
    }
    views.push_back(view);
  }
  return views;
}

TEST(ImageLoss, GradientIsTheSlopeOfTheWholeWay) {
  const auto detector = detector::read_detector("bergen-dtc");
  ImageConfig config;
  config.grid = {.pixels = 24, .pixel = 7.0, .slices = 1, .slice_height = 60.0};
  config.cuts.angle_sigmas = config.cuts.wepl_sigmas = 1e3;  // all count, whatever becomes of them
  std::vector<double> rotations;
  const std::vector<View> views = cylinder_views(rotations);
  const ImageLoss loss(detector, config, Hull(upright_cylinder(60.0)), views, view_weights(rotations),
                       make_volume(config.grid), 1);
  EXPECT_GT(loss.value(), 0.0);
  const auto gradient = loss.gradient(4);
  int close = 0;
  constexpr int kTried = 20;
  for (std::size_t i = 0; i < kTried; ++i) {
    Protons more = loss.view(4).protons, less = more;
    more.wepl[7 * i] += 2.0F;
    less.wepl[7 * i] -= 2.0F;
    const double slope = (loss.change(4, 0, 300, more) - loss.change(4, 0, 300, less)) / 4.0,
                 said = static_cast<double>(gradient[7 * i]);
    close += std::abs(slope - said) < 0.05 * std::abs(said) ? 1 : 0;
  }
  EXPECT_GE(close, 16);  // a path that crosses into the next cell makes a step
}

TEST(ImageLoss, OneProtonMoreDoesWhatItsWorthSays) {
  const auto detector = detector::read_detector("bergen-dtc");
  ImageConfig config;
  config.grid = {.pixels = 12, .pixel = 14.0, .slices = 1, .slice_height = 60.0};  // many protons in a cell
  std::vector<double> rotations;
  const std::vector<View> views = cylinder_views(rotations);
  const ImageLoss loss(detector, config, Hull(upright_cylinder(60.0)), views, view_weights(rotations),
                       make_volume(config.grid), 1);
  const Protons& protons = loss.view(4).protons;
  const auto worth = loss.worth(4, protons), without_cuts = loss.worth(4, protons, false);
  const auto gradient = loss.gradient(4);
  Protons moved = protons;
  for (float& wepl : moved.wepl) wepl += 0.01F;  // paths stay
  const auto after = loss.worth(4, moved, false);
  int close = 0, tried = 0;
  for (std::size_t i = 0; i < protons.size(); ++i) {
    const bool kept = loss.prepared(4).keep[i] != 0;
    EXPECT_EQ(worth[i], kept ? without_cuts[i] : 0.0);
    EXPECT_NEAR(after[i] - without_cuts[i], 0.01 * static_cast<double>(gradient[i]),
                0.05 * std::abs(0.01 * static_cast<double>(gradient[i])) + 1e-9);
    if (!kept || i % 10 != 0) continue;
    Protons twice;
    event::append_row(twice, protons, i);
    event::append_row(twice, protons, i);
    ++tried;
    const double change = loss.change(4, i, i + 1, twice);  // once more what is there
    close += (change > 0.0) == (worth[i] > 0.0) ? 1 : 0;
  }
  EXPECT_GT(close, 0.85 * tried);
  EXPECT_THROW(loss.change(4, 10, 301, protons), core::InputError);
}

}  // namespace
}  // namespace difftrack::image
