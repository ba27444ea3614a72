// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/hull.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "difftrack/core/error.hpp"

namespace difftrack::image {
namespace {

TEST(Rotation, GoesThereAndBack) {
  const Rotation r(0.7);
  const double x = r.x(3.0, -5.0), z = r.z(3.0, -5.0);
  EXPECT_NEAR(r.beam_x(x, z), 3.0, 1e-12);
  EXPECT_NEAR(r.beam_z(x, z), -5.0, 1e-12);
  EXPECT_NEAR(Rotation(std::numbers::pi / 2).x(0.0, 1.0), -1.0, 1e-12);  // as the simulation turns its phantoms
}

TEST(Hull, ChordOfACylinder) {
  const Hull hull(upright_cylinder(75.0));
  const auto chord = hull.chord({45.0, 3.0, 0.0, 0.0}, Rotation(1.0), 0.0);
  ASSERT_TRUE(chord);
  EXPECT_NEAR(chord->front, -60.0, 1e-9);
  EXPECT_NEAR(chord->back, 60.0, 1e-9);
  EXPECT_FALSE(hull.chord({75.1, 0.0, 0.0, 0.0}, Rotation(0.0), 0.0));
  EXPECT_NEAR(hull.reach(), 75.0, 1e-9);
  const auto oblique = hull.chord({0.0, 0.0, 0.1, 0.2}, Rotation(0.0), 0.0);
  EXPECT_NEAR(oblique->back, 75.0 / std::sqrt(1.01), 1e-9);
}

TEST(Hull, AQuadricTurnsWithThePhantom) {
  // x² / 40² + z² / 80² = 1, without end in y.
  Quadric ellipse{{1.0 / 1600, 0, 1.0 / 6400, 0, 0, 0, 0, 0, 0, -1}};
  const Hull hull(ellipse);
  EXPECT_NEAR(hull.chord({}, Rotation(0.0), 0.0)->back, 80.0, 1e-9);
  EXPECT_NEAR(hull.chord({}, Rotation(std::numbers::pi / 2), 0.0)->back, 40.0, 1e-9);
  EXPECT_NEAR(hull.reach(), 80.0, 0.1);
}

TEST(Hull, AMaskGivesTheChordOfWhatItWasMadeFrom) {
  Volume mask = make_volume({.pixels = 180, .pixel = 1.0});
  for (std::int64_t k = 0; k < 180; ++k)
    for (std::int64_t i = 0; i < 180; ++i)
      mask.values[mask.index(i, 0, k)] = std::hypot(mask.centre(0, i) - 5.0, mask.centre(2, k)) < 60.0 ? 1.0F : 0.0F;
  const Hull exact(Quadric{{1, 0, 1, 0, 0, 0, -10, 0, 0, 25 - 3600}}), voxels(mask);
  for (const double x : {-40.0, 0.0, 33.0})
    for (const double angle : {0.0, 0.4, 2.0}) {
      const auto a = exact.chord({x, 0.0, 0.02, 0.0}, Rotation(angle), 0.0),
                 b = voxels.chord({x, 0.0, 0.02, 0.0}, Rotation(angle), 0.0);
      EXPECT_NEAR(a->front, b->front, 1.5) << x << " " << angle;
      EXPECT_NEAR(a->back, b->back, 1.5) << x << " " << angle;
    }
  EXPECT_FALSE(voxels.chord({80.0, 0.0, 0.0, 0.0}, Rotation(0.0), 0.0));
  EXPECT_NEAR(voxels.reach(), 65.0, 1.0);
}

TEST(Hull, RaysThatGrazeAMaskHaveAChordToo) {
  Volume mask = make_volume({.pixels = 40, .pixel = 1.0});
  mask.values[mask.index(33, 0, 11)] = 1.0F;
  const Hull hull(mask);
  int met = 0;
  for (int i = 0; i < 4000; ++i)  // by corners, at all angles: this comes to an end
    if (const auto chord = hull.chord({10.0 + 0.002 * i, 0.0, 0.01, 0.0}, Rotation(0.0123 * i), 0.0)) {
      EXPECT_LE(chord->back - chord->front, 2.0);
      EXPECT_GT(chord->back, chord->front);
      ++met;
    }
  EXPECT_GT(met, 50);
}

TEST(Hull, NotKnownIsWaterAboutTheIsocentre) {
  const auto chord = Hull().chord({}, Rotation(0.0), 150.0);
  EXPECT_EQ(chord->front, -75.0);
  EXPECT_EQ(chord->back, 75.0);
  EXPECT_FALSE(Hull().chord({}, Rotation(0.0), 0.2));
}

TEST(FindHull, TakesTheLargestPieceAndFillsItsHoles) {
  Volume image = make_volume({.pixels = 40, .pixel = 1.0});
  const auto box = [&](std::int64_t i0, std::int64_t i1, std::int64_t k0, std::int64_t k1, float value) {
    for (std::int64_t k = k0; k < k1; ++k)
      for (std::int64_t i = i0; i < i1; ++i) image.values[image.index(i, 0, k)] = value;
  };
  box(10, 30, 5, 35, 1.0F);
  box(15, 20, 10, 15, 0.0F);  // a hole, of air
  box(2, 4, 2, 4, 1.0F);      // noise
  const Volume mask = find_hull(image, 0.3);
  EXPECT_EQ(mask.values[mask.index(17, 0, 12)], 1.0F);
  EXPECT_EQ(mask.values[mask.index(3, 0, 3)], 0.0F);
  EXPECT_EQ(mask.values[mask.index(12, 0, 30)], 1.0F);
  EXPECT_EQ(mask.values[mask.index(35, 0, 20)], 0.0F);
  EXPECT_THROW(find_hull(make_volume({}), 0.3), core::InputError);
}

TEST(ParseHull, UnderstandsItsFormsAndNothingElse) {
  EXPECT_NEAR(parse_hull("cylinder:75", "", "--hull").reach(), 75.0, 1e-9);
  EXPECT_NEAR(parse_hull("quadric:1,0,1,0,0,0,0,0,0,-5625", "", "--hull").reach(), 75.0, 1e-9);
  EXPECT_FALSE(parse_hull("none", "", "--hull").known());
  for (const char* wrong : {"cylinder", "cylinder:-3", "cylinder:75,2", "quadric:1,2", "sphere:4", "cylinder:75x", ""})
    EXPECT_THROW(parse_hull(wrong, "", "--hull"), core::InputError) << wrong;
}

}  // namespace
}  // namespace difftrack::image
