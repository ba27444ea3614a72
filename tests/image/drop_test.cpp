// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/drop.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"

namespace difftrack::image {
namespace {

constexpr double kRadius = 24.0;

struct MadeView {
  double rotation;
  std::vector<Path> paths;
  std::vector<float> wepl;
};

/// Straight protons through a disc of RSP 1 with a rod of 1.5 and 6 mm at (8, 5); WEPLs off by `noise` mm.
std::vector<MadeView> made_views(int views, int protons, double noise) {
  std::vector<MadeView> made;
  for (int v = 0; v < views; ++v) {
    core::RandomStream random(11, static_cast<std::uint64_t>(v));
    MadeView view{2.0 * std::numbers::pi * v / views, {}, {}};
    const Rotation r(view.rotation);
    for (int i = 0; i < protons; ++i) {
      const double x = kRadius * (2.0 * random.uniform() - 1.0), half = std::sqrt(kRadius * kRadius - x * x);
      Path path;
      path.front = static_cast<float>(-half), path.back = static_cast<float>(half);
      path.x.fill(static_cast<float>(x));
      const double off = x - r.beam_x(8.0, 5.0), rod = off * off < 36.0 ? std::sqrt(36.0 - off * off) : 0.0;
      view.paths.push_back(path);
      view.wepl.push_back(static_cast<float>(2.0 * half + rod + noise * random.normal()));
    }
    made.push_back(view);
  }
  return made;
}

double mean(const Volume& image, double x, double z, double radius) {
  double sum = 0.0, n = 0.0;
  for (std::int64_t k = 0; k < image.counts[2]; ++k)
    for (std::int64_t i = 0; i < image.counts[0]; ++i)
      if (std::hypot(image.centre(0, i) - x, image.centre(2, k) - z) < radius)
        sum += static_cast<double>(image.values[image.index(i, 0, k)]), n += 1.0;
  return sum / n;
}

TEST(Drop, FindsADiscAndItsRodFromNothing) {
  const auto views = made_views(60, 400, 0.0);
  Drop drop({.sweeps = 20, .relaxation = 0.5, .tv_steps = 0}, make_volume({.pixels = 50}));
  double first = 0.0, last = 0.0;
  for (int sweep = 0; sweep < 20; ++sweep) {
    double sum = 0.0;
    for (const auto& view : views) sum += drop.add(view.paths, view.wepl, {}, view.rotation, 1);
    (sweep == 0 ? first : last) = sum;
  }
  EXPECT_LT(last, 0.01 * first);
  EXPECT_NEAR(mean(drop.image(), -8.0, -5.0, 8.0), 1.0, 0.01);
  EXPECT_NEAR(mean(drop.image(), 8.0, 5.0, 3.5), 1.5, 0.03);
  EXPECT_NEAR(mean(drop.image(), 8.0, -5.0, 3.5), 1.0, 0.03);  // not mirrored
}

TEST(Drop, IsTheSameForAnyNumberOfThreads) {
  const auto views = made_views(4, 300, 1.0);
  Drop one({}, make_volume({.pixels = 50})), three({}, make_volume({.pixels = 50}));
  for (const auto& view : views) {
    EXPECT_EQ(one.add(view.paths, view.wepl, {}, view.rotation, 1),
              three.add(view.paths, view.wepl, {}, view.rotation, 3));
  }
  EXPECT_EQ(one.image().values, three.image().values);
}

TEST(Drop, SuperiorisationGivesLessNoiseForTheSameProtons) {
  const auto views = made_views(60, 300, 3.0);
  const auto noise = [&](std::int32_t steps) {
    Drop drop({.relaxation = 0.2, .tv_steps = steps}, make_volume({.pixels = 50}));
    for (int sweep = 0; sweep < 8; ++sweep) {
      for (const auto& view : views) drop.add(view.paths, view.wepl, {}, view.rotation, 1);
      const double before = total_variation(drop.image());
      drop.superiorise();
      EXPECT_LE(total_variation(drop.image()), before);
    }
    double square = 0.0, n = 0.0;
    const double level = mean(drop.image(), -8.0, -5.0, 7.0);
    for (std::int64_t k = 0; k < 50; ++k)
      for (std::int64_t i = 0; i < 50; ++i)
        if (std::hypot(drop.image().centre(0, i) + 8.0, drop.image().centre(2, k) + 5.0) < 7.0)
          square += std::pow(static_cast<double>(drop.image().values[drop.image().index(i, 0, k)]) - level, 2),
              n += 1.0;
    EXPECT_NEAR(level, 1.0, 0.02);
    return std::sqrt(square / n);
  };
  EXPECT_LT(noise(5), 0.8 * noise(0));
}

TEST(Drop, ProtonsThatDoNotCountMoveNothing) {
  const auto views = made_views(1, 50, 0.0);
  Drop drop({}, make_volume({.pixels = 50}));
  const std::vector<std::uint8_t> none(50, 0);
  EXPECT_EQ(drop.add(views[0].paths, views[0].wepl, none, 0.0, 1), 0.0);
  for (const float value : drop.image().values) ASSERT_EQ(value, 0.0F);
  EXPECT_THROW(Drop({.relaxation = 3.0}, make_volume({})), core::InputError);
}

}  // namespace
}  // namespace difftrack::image
