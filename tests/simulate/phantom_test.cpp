// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/phantom.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "difftrack/simulate/voxel_volume.hpp"
#include "tests/event/made_files.hpp"

namespace {

using namespace difftrack;
using namespace difftrack::simulate;
using event::error_of;
using testing::HasSubstr;

/// Length in matter and mass thickness [g/cm2] along a ray that starts outside.
struct Crossing {
  double length = 0.0, mass = 0.0;
  int stretches = 0;
};
Crossing cross(const Phantom& phantom, Vector position, const Vector& direction) {
  Crossing out;
  for (int i = 0; i < 10000; ++i) {
    const Stretch s = phantom.ahead(position, direction);
    if (s.length < 0.0) return out;
    if (s.medium != nullptr) {
      out.length += s.length;
      out.mass += 0.1 * s.length * s.density * s.medium->density();
      ++out.stretches;
    }
    for (std::size_t k = 0; k < 3; ++k) position[k] += s.length * direction[k];
  }
  ADD_FAILURE() << "the ray never ends";
  return out;
}

SimulationConfig with(const std::string& phantom) {
  SimulationConfig config;
  config.phantom = phantom;
  return config;
}

TEST(Phantom, SlabsAreCrossedInOrder) {
  const auto slabs = make_phantom(with("slabs:water:50,aluminium:10,air:5"));
  EXPECT_DOUBLE_EQ(slabs->half_size()[2], 32.5);
  const auto straight = cross(*slabs, {1.0, -2.0, -100.0}, {0, 0, 1});
  EXPECT_NEAR(straight.length, 65.0, 1e-4);
  EXPECT_NEAR(straight.mass, 5.0 + 2.7 + 0.5 * 1.29e-3, 1e-5);
  EXPECT_EQ(straight.stretches, 3);
  const double c = std::cos(0.3);
  EXPECT_NEAR(cross(*slabs, {0, 0, -100}, {std::sin(0.3), 0, c}).length, 65.0 / c, 1e-4);
  EXPECT_NEAR(cross(*slabs, {0, 0, 100}, {0, 0, -1}).mass, straight.mass, 1e-5);
  EXPECT_EQ(cross(*slabs, {500.0, 0, -100}, {0, 0, 1}).length, 0.0);
}

TEST(Phantom, CtpModuleHasItsInserts) {
  const auto ctp = make_ctp404();
  const double epoxy = matter::named_material("epoxy").density, teflon = matter::named_material("teflon").density;
  EXPECT_NEAR(cross(*ctp, {20.0, 0, -200}, {0, 0, 1}).length, 2.0 * std::sqrt(75.0 * 75.0 - 400.0), 1e-4);
  // Insert 5 (teflon) sits at 225 degrees: x = z = -41.37 mm. Through its middle, chord 12.2 mm; insert 3 (pmp) at 135
  // degrees too.
  const double at = -58.5 * std::sqrt(0.5);
  const auto through = cross(*ctp, {at, 0, -200}, {0, 0, 1});
  const double chord = 2.0 * std::sqrt(75.0 * 75.0 - at * at);
  EXPECT_NEAR(through.length, chord, 1e-4);
  EXPECT_NEAR(through.mass,
              0.1 * ((chord - 24.4) * epoxy + 12.2 * teflon + 12.2 * matter::named_material("pmp").density), 2e-4);
  EXPECT_EQ(cross(*ctp, {80.0, 0, -200}, {0, 0, 1}).length, 0.0);
  EXPECT_EQ(cross(*ctp, {0.0, 150.0, -200}, {0, 0, 1}).length, 0.0);
}

TEST(Phantom, BadOnesGiveOneClearSentence) {
  EXPECT_THAT(error_of([] { make_phantom(with("water:-100")); }),
              HasSubstr("phantom = 'water:-100': the thickness must be above 0"));
  EXPECT_THAT(error_of([] { make_phantom(with("water:ten")); }), HasSubstr("'ten' is not a thickness in mm"));
  EXPECT_THAT(error_of([] { make_phantom(with("wadder:100")); }), HasSubstr("unknown material; did you mean 'water'?"));
  EXPECT_THAT(error_of([] { make_phantom(with("slabs:water:10,alu:3")); }), HasSubstr("unknown material"));
  EXPECT_THAT(error_of([] { make_phantom(with("sphere")); }), HasSubstr("unknown; expected none, water:MM"));
  EXPECT_THAT(error_of([] { make_phantom(with("volume:/nowhere.mhd")); }), HasSubstr("/nowhere.mhd: no such file"));
  EXPECT_EQ(make_phantom(with("none")), nullptr);
}

std::string header(const std::string& size, const std::string& type, const std::string& file) {
  return "ObjectType = Image\nNDims = 3\nDimSize = " + size + "\nElementSpacing = 2 3 4\nElementType = " + type +
         "\nElementDataFile = " + file + "\n";
}

std::string shorts(std::size_t n, std::int16_t value) {
  std::string bytes(2 * n, '\0');
  for (std::size_t i = 0; i < n; ++i) std::memcpy(bytes.data() + 2 * i, &value, 2);
  return bytes;
}

TEST(Phantom, VoxelVolumeIsReadAndCrossed) {
  const event::TemporaryFolder folder;
  std::ofstream(folder / "v.mhd") << header("10 8 6", "MET_SHORT", "v.raw");
  std::ofstream(folder / "v.raw") << shorts(480, 0);
  const auto volume = make_phantom(with("volume:" + folder / "v.mhd"));
  EXPECT_DOUBLE_EQ(volume->half_size()[0], 10.0);
  EXPECT_DOUBLE_EQ(volume->half_size()[2], 12.0);
  const auto straight = cross(*volume, {0.3, 0.2, -50}, {0, 0, 1});
  EXPECT_NEAR(straight.length, 24.0, 1e-4);
  EXPECT_NEAR(straight.mass, 2.4, 1e-5);  // water
  EXPECT_EQ(straight.stretches, 6);
  const double c = std::cos(0.2), s = std::sin(0.2);
  EXPECT_NEAR(cross(*volume, {-2.0, 0.1, -20}, {s, 0, c}).length, 24.0 / c, 1e-3);
  // A table of one's own: everything is aluminium at half density.
  std::ofstream(folder / "t.csv") << "hu,material,density\n-1000,air,0.00129\n-500,aluminium,1.35\n";
  auto config = with("volume:" + folder / "v.mhd");
  config.hu_table = folder / "t.csv";
  EXPECT_NEAR(cross(*make_phantom(config), {0.3, 0.2, -50}, {0, 0, 1}).mass, 2.4 * 1.35, 1e-4);
}

TEST(Phantom, BuiltInHounsfieldTableIsRisingAndExactAtWater) {
  const auto table = default_hounsfield_table();
  for (std::size_t i = 1; i < table.size(); ++i) {
    EXPECT_GT(table[i].hu, table[i - 1].hu);
    EXPECT_GE(table[i].density, table[i - 1].density);
  }
  const VoxelVolume half({1, 1, 1}, {10, 10, 10}, {-500.0F}, table);
  EXPECT_NEAR(half.ahead({0, 0, -5}, {0, 0, 1}).density * half.ahead({0, 0, -5}, {0, 0, 1}).medium->density(), 0.507,
              0.01);
}

TEST(Phantom, BadVolumesGiveOneClearSentence) {
  const event::TemporaryFolder folder;
  const auto error_with = [&](const std::string& head, std::size_t bytes) {
    std::ofstream(folder / "v.mhd") << head;
    std::ofstream(folder / "v.raw") << std::string(bytes, '\0');
    return error_of([&] { make_phantom(with("volume:" + folder / "v.mhd")); });
  };
  EXPECT_EQ(error_with(header("10 8 6", "MET_SHORT", "v.raw"), 960), "no error");
  EXPECT_THAT(error_with(header("10 8 6", "MET_SHORT", "v.raw"), 959),
              HasSubstr("v.raw: size = '959': the header asks for 960 bytes"));
  EXPECT_THAT(error_with(header("10 8 0", "MET_SHORT", "v.raw"), 960), HasSubstr("DimSize = '10 8 0'"));
  EXPECT_THAT(error_with(header("10 8", "MET_SHORT", "v.raw"), 960), HasSubstr("must be three numbers"));
  EXPECT_THAT(error_with(header("99999 99999 99999", "MET_SHORT", "v.raw"), 960), HasSubstr("2e9 voxels at most"));
  EXPECT_THAT(error_with(header("10 8 6", "MET_LONG_DOUBLE", "v.raw"), 960),
              HasSubstr("ElementType = 'MET_LONG_DOUBLE': is not supported"));
  EXPECT_THAT(error_with(header("10 8 6", "MET_SHORT", "w.raw"), 960),
              HasSubstr("ElementDataFile = 'w.raw': no such file"));
  EXPECT_THAT(error_with("not a header\n", 960), HasSubstr("is not a 'Key = value' line"));
  EXPECT_THAT(error_with("NDims = 2\nElementDataFile = v.raw\n", 960), HasSubstr("NDims = '2': must be 3"));
  std::ofstream(folder / "t.csv") << "0,water,1\n-10,air,0.1\n";
  EXPECT_THAT(error_of([&] { read_hounsfield_table(folder / "t.csv"); }), HasSubstr("row 2 hu"));
  std::ofstream(folder / "t.csv") << "0,water,-1\n";
  EXPECT_THAT(error_of([&] { read_hounsfield_table(folder / "t.csv"); }), HasSubstr("must be positive"));
  for (const char* row : {"1O0,water,1.0", "nan,water,1.0", "0,water,1.0xyz", "0,water"}) {
    std::ofstream(folder / "t.csv") << row << "\n";
    EXPECT_THAT(error_of([&] { read_hounsfield_table(folder / "t.csv"); }), HasSubstr("expected hu,material,density"))
        << row;
  }
  std::ofstream(folder / "t.csv") << "0,watr,1.0\n";
  EXPECT_THAT(error_of([&] { read_hounsfield_table(folder / "t.csv"); }), HasSubstr("row 1 material = 'watr'"));
}

}  // namespace
