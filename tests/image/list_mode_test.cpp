// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/list_mode.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/meta_image.hpp"
#include "difftrack/image/rtk_stack.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::image {
namespace {

/// Two protons of a view at 0.5 rad.
ProtonPairs made_pairs() {
  ProtonPairs p;
  p.rotation = 0.5;
  p.z_in = -150.0, p.z_out = 225.0;
  p.x_in = {1, -2}, p.y_in = {3, 4}, p.slope_x_in = {0.01F, 0}, p.slope_y_in = {0, 0.02F};
  p.x_out = {5, 6}, p.y_out = {7, 8}, p.slope_x_out = {0.03F, 0}, p.slope_y_out = {0, -0.04F};
  p.wepl = {120, 130};
  return p;
}

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(PctListMode, IsAsItsReaderWantsIt) {
  const core::TemporaryFolder folder;
  write_pct_list_mode(folder / "", 7, made_pairs());
  const std::string header = content(folder / "pairs0007.mhd"), raw = content(folder / "pairs0007.raw");
  for (const char* line : {"NDims = 2\n", "DimSize = 5 2\n", "ElementNumberOfChannels = 3\n",
                           "ElementType = MET_FLOAT\n", "TransformMatrix = 1 0 0 1\n", "ElementSpacing = 1 1\n"})
    EXPECT_THAT(header, testing::HasSubstr(line));
  EXPECT_TRUE(header.ends_with("ElementDataFile = pairs0007.raw\n"));
  ASSERT_EQ(raw.size(), 2U * 5 * 3 * 4);
  std::vector<float> v(30);
  std::memcpy(v.data(), raw.data(), raw.size());
  EXPECT_THAT(std::vector<float>(v.begin(), v.begin() + 6), testing::ElementsAre(-1, 3, -150, -5, 7, 225));
  for (const std::size_t row : {6U, 9U, 21U, 24U}) {  // unit vectors along the beam
    EXPECT_NEAR(v[row] * v[row] + v[row + 1] * v[row + 1] + v[row + 2] * v[row + 2], 1.0F, 1e-6F);
    EXPECT_GT(v[row + 2], 0.9F);
  }
  EXPECT_NEAR(v[6] / v[8], -0.01F, 1e-6F);  // mirrored as positions are
  EXPECT_NEAR(v[25] / v[26], -0.04F, 1e-6F);
  EXPECT_THAT(std::vector<float>(v.begin() + 27, v.end()), testing::ElementsAre(0, 130, 1));
}

TEST(Pctd, HasItsHeadAndThirteenArrays) {
  const std::string bytes = pctd_bytes(made_pairs(), 230.0);
  const std::size_t head = 4 + 4 + 4 + 4 + 4 + 4 + 4 + 3 * 4 + std::strlen("difftrack");
  ASSERT_EQ(bytes.size(), head + 13U * 2 * 4);
  EXPECT_EQ(bytes.substr(0, 4), "PCTD");
  float angle = 0.0F;
  std::memcpy(&angle, bytes.data() + 12, 4);
  EXPECT_NEAR(angle, 0.5F * 57.29578F, 1e-4F);
  std::vector<float> v(26);
  std::memcpy(v.data(), bytes.data() + head, 104);
  EXPECT_NEAR(v[0], 1.0F - 0.5F, 1e-5F);  // t_in1, 50 mm before t_in2
  EXPECT_EQ(v[2], 1.0F);
  EXPECT_EQ(v[4], 5.0F);                  // t_out1
  EXPECT_NEAR(v[6], 5.0F + 1.5F, 1e-5F);  // t_out2
  EXPECT_EQ(v[8 + 2], 3.0F);              // v_in2
  EXPECT_EQ(v[16], -200.0F);              // u_in1
  EXPECT_EQ(v[24], 120.0F);
}

TEST(ProtonPairs, AreTheProtonsThatCount) {
  View view;
  view.rotation = 0.25;
  Protons& p = view.protons;
  for (const float x : {1.0F, 2.0F, 3.0F}) {
    p.x.push_back(x), p.y.push_back(0), p.slope_x.push_back(0), p.slope_y.push_back(0), p.wepl.push_back(100 + x);
  }
  PreparedView prepared{0.25, std::vector<Path>(3), {1, 0, 1}};
  const ProtonPairs pairs = proton_pairs(view, prepared, -150.0, 225.0);
  EXPECT_THAT(pairs.x_out, testing::ElementsAre(1, 3));
  EXPECT_THAT(pairs.wepl, testing::ElementsAre(101, 103));
  EXPECT_EQ(pairs.rotation, 0.25);
}

TEST(RtkStack, HasAViewAfterTheOtherMirroredAcross) {
  const core::TemporaryFolder folder;
  const GridConfig grid{.pixels = 8, .pixel = 2.0, .slices = 2, .slice_height = 5.0};
  RtkStack stack(folder / "", grid, 2, 6600.0);
  for (const float first : {0.0F, 100.0F}) {
    Projection p{first > 0.0F ? 0.5 : 0.0, {8, 2, 1}, {2.0, 5.0, 2.0}, {}, {}};
    for (int i = 0; i < 16; ++i) p.wepl.push_back(first + static_cast<float>(i));
    stack.add(p);
  }
  stack.commit();
  const event::MetaImage read = event::read_meta_image(folder / "radiographs.mha");
  EXPECT_EQ(read.counts, (std::array<std::int64_t, 3>{8, 4, 2}));
  EXPECT_EQ(read.values[0], 7.0F);
  EXPECT_EQ(read.values[7], 0.0F);
  EXPECT_EQ(read.values[8], 7.0F);
  EXPECT_EQ(read.values[16], 15.0F);
  EXPECT_EQ(read.values[24], 15.0F);
  EXPECT_EQ(read.values[63], 108.0F);
  EXPECT_THAT(content(folder / "radiographs.mha"), testing::HasSubstr("Offset = -7 -7.5 0\n"));
  const std::string geometry = content(folder / "geometry.xml");
  EXPECT_THAT(geometry, testing::HasSubstr("<SourceToIsocenterDistance>6600</SourceToIsocenterDistance>"));
  EXPECT_THAT(geometry, testing::HasSubstr("<GantryAngle>0</GantryAngle>"));
  EXPECT_THAT(geometry, testing::HasSubstr("<GantryAngle>331.352110243459</GantryAngle>"));
}

TEST(RtkStack, LeavesNothingWhereViewsAreMissing) {
  const core::TemporaryFolder folder;
  {
    RtkStack stack(folder / "", {.pixels = 8}, 3, 6600.0);
    EXPECT_THROW(stack.commit(), core::InputError);
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "radiographs.mha"));
  EXPECT_FALSE(std::filesystem::exists(folder / "geometry.xml"));
}

}  // namespace
}  // namespace difftrack::image
