// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/description.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>

#include "difftrack/core/shipped_files.hpp"
#include "tests/event/made_files.hpp"

namespace difftrack::detector {
namespace {

using event::error_of;
using ::testing::HasSubstr;

const std::string kSmall = R"(name = "small"
[materials]
silicon = { density = 2.33, elements = { Si = 1.0 } }
air = { density = 1.29e-3, elements = { N = 0.75, O = 0.25 } }
[stacks]
plane = [["air", 1.0], ["silicon", 0.02, "sensitive"], ["silicon", 0.08]]
[[layers]]
stack = "plane"
front_z = 10.0
count = 3
[pixels]
columns = 10
rows = 10
half_width = 5.0
half_height = 5.0
pitch_x = 1.0
pitch_y = 1.0
[mapping]
form = "column"
column = "layer"
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Description, BergenDtcIsAsPublished) {
  const Detector detector = read_detector("bergen-dtc");
  ASSERT_EQ(detector.layers.size(), 43U);
  EXPECT_EQ(detector.n_tracker_layers, 2);
  EXPECT_NEAR(detector.layers[0].sensitive_z, 225.23, 0.005);
  EXPECT_NEAR(detector.layers[1].sensitive_z, 277.63, 0.005);
  for (int k = 0; k < 41; ++k)
    EXPECT_NEAR(detector.layers[static_cast<std::size_t>(2 + k)].sensitive_z, 333.38 + 5.5 * k, 0.005);
  const auto thickness = [](const Layer& layer) {
    return std::accumulate(layer.slabs.begin(), layer.slabs.end(), 0.0,
                           [](double sum, const Slab& slab) { return sum + slab.thickness; });
  };
  EXPECT_NEAR(thickness(detector.layers[0]), 52.4, 1e-9);
  EXPECT_NEAR(thickness(detector.layers[2]), 5.5, 1e-9);
  EXPECT_EQ(detector.materials[static_cast<std::size_t>(detector.layers[2].slabs.back().material)].name, "aluminium");
  EXPECT_EQ(detector.pixels.columns, 9216);
  EXPECT_EQ(detector.pixels.rows, 6144);
  EXPECT_EQ(detector.thresholds.min_cluster_size, 2);
  EXPECT_EQ(detector.thresholds.last_hit_edep, 0.0625);
}

/// Thickness of a slab stack in radiation lengths.
double x_over_x0(const Detector& detector, const Layer& layer) {
  double sum = 0.0;
  for (const Slab& slab : layer.slabs) {
    const matter::Material& material = detector.materials[static_cast<std::size_t>(slab.material)];
    sum += 0.1 * slab.thickness * material.density / matter::radiation_length(material);
  }
  return sum;
}

TEST(Description, RadiationLengthsOfBergenLayersAreThePublishedOnes) {
  const Detector detector = read_detector("bergen-dtc");
  EXPECT_NEAR(x_over_x0(detector, detector.layers[2]), 0.0428, 0.0006);
  EXPECT_NEAR(x_over_x0(detector, detector.layers[0]), 0.0050, 0.0003);
}

TEST(Description, Gate3mmAlHasTheMeasuredPlanes) {
  const Detector detector = read_detector("gate-3mm-al");
  EXPECT_EQ(detector.n_tracker_layers, 0);
  for (std::size_t k = 0; k < detector.layers.size(); ++k)
    EXPECT_NEAR(detector.layers[k].sensitive_z, 0.007 + 3.435 * static_cast<double>(k), 1e-6);
  EXPECT_EQ(detector.thresholds.min_cluster_size, 0);
  EXPECT_EQ(detector.thresholds.last_hit_edep, 0.035);
  EXPECT_LT(x_over_x0(detector, detector.layers[0]), 0.007);
  EXPECT_NEAR(x_over_x0(detector, detector.layers[1]) - x_over_x0(detector, detector.layers[0]), 0.3 * 2.70 / 24.01,
              1e-4);
}

TEST(Description, EveryShippedDescriptionReads) {
  const auto shipped = core::shipped_names("detectors", ".toml");
  EXPECT_THAT(shipped, ::testing::IsSupersetOf({"bergen-dtc", "gate-3mm-al"}));
  for (const auto& name : shipped) EXPECT_EQ(read_detector(name).name, name);
}

TEST(Description, DataFolderFromTheEnvironmentComesFirst) {
  const event::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "detectors");
  std::ofstream(folder / "detectors/bergen-dtc.toml") << kSmall;
  setenv("DIFFTRACK_DATA", (folder / "").c_str(), 1);
  EXPECT_EQ(read_detector("bergen-dtc").name, "small");
  unsetenv("DIFFTRACK_DATA");
  EXPECT_EQ(read_detector("bergen-dtc").name, "bergen-dtc");
  EXPECT_EQ(read_detector(folder / "detectors/bergen-dtc.toml").name, "small");
}

TEST(Description, PitchIsFilledUp) {
  const Detector detector =
      parse_detector(replaced(kSmall, "count = 3", "count = 3\npitch = 2.0\nfill = 'air'"), "d.toml");
  EXPECT_NEAR(detector.layers[1].sensitive_z, 10.0 + 2.0 + 1.01, 1e-12);
  EXPECT_NEAR(detector.layers[1].slabs.back().thickness, 0.9, 1e-12);
  EXPECT_EQ(detector.materials[static_cast<std::size_t>(detector.layers[1].slabs.back().material)].name, "air");
}

struct BadDescription {
  std::string name, from, to, message;
};
class BadDescriptions : public ::testing::TestWithParam<BadDescription> {};
TEST_P(BadDescriptions, GiveOneClearSentence) {
  const auto& bad = GetParam();
  EXPECT_EQ(error_of([&] { parse_detector(kSmall, "d.toml"); }), "no error");
  EXPECT_THAT(error_of([&] { parse_detector(replaced(kSmall, bad.from, bad.to), "d.toml"); }),
              ::testing::StartsWith("d.toml: " + bad.message));
}
INSTANTIATE_TEST_SUITE_P(
    All, BadDescriptions,
    ::testing::Values(
        BadDescription{"UnknownKey", "front_z", "fron_z", "layers[0].fron_z: unknown key; did you mean 'front_z'?"},
        BadDescription{"UnknownTopKey", "name = \"small\"", "name = \"small\"\nsource = 1",
                       "source: unknown key; did you mean 'source_z'?"},
        BadDescription{"UnknownPixelKey", "pitch_x", "pitchx", "pitchx: unknown key; did you mean 'pitch_x'?"},
        BadDescription{"UnknownMaterial", "[\"silicon\", 0.08]", "[\"silicn\", 0.08]",
                       "stacks.plane[2] = 'silicn': unknown material; did you mean 'silicon'?"},
        BadDescription{"UnknownElement", "Si = 1.0", "Sx = 1.0",
                       "materials.silicon.elements.Sx: is no chemical element from H to U; did you mean 'Si'?"},
        BadDescription{"Fractions", "O = 0.25", "O = 0.35",
                       "materials.air.elements = '1.1': mass fractions must sum to 1"},
        BadDescription{"NegativeDensity", "2.33", "-2.33", "materials.silicon.density = '-2.33': must lie in"},
        BadDescription{"NegativeThickness", "0.08", "-0.08", "stacks.plane[2].thickness = '-0.08': must lie in"},
        BadDescription{"NanThickness", "0.08", "nan", "stacks.plane[2].thickness = 'nan': must lie in"},
        BadDescription{"NoSensitive", ", \"sensitive\"", "",
                       "stacks.plane = '0': sensitive slabs; a layer has exactly one"},
        BadDescription{"WordAfterThickness", "\"sensitive\"", "\"active\"",
                       "stacks.plane[1]: only \"sensitive\" may follow"},
        BadDescription{"UnknownStack", "stack = \"plane\"", "stack = \"plan\"",
                       "layers[0].stack = 'plan': unknown stack; did you mean 'plane'?"},
        BadDescription{"Count", "count = 3", "count = 0", "layers[0].count = '0': must lie in"},
        BadDescription{"HugeCount", "count = 3", "count = 1000000000", "layers[0].count = '1000000000': must lie in"},
        BadDescription{"Pitch", "count = 3", "pitch = 1.0",
                       "layers[0].pitch = '1': is smaller than the stack's thickness of 1.1 mm"},
        BadDescription{"NoFront", "front_z = 10.0", "", "layers[0].front_z: is missing"},
        BadDescription{"Overlap", "[pixels]", "[[layers]]\nstack = 'plane'\nfront_z = 11.0\n[pixels]",
                       "layers[1].front_z = '11': overlaps the layer before it"},
        BadDescription{"Gap", "[pixels]", "[[layers]]\nstack = 'plane'\nfront_z = 20.0\n[pixels]",
                       "layers[1].front_z = '20': leaves a gap"},
        BadDescription{"LateTracker", "[pixels]", "[[layers]]\nstack = 'plane'\ntracker = true\n[pixels]",
                       "layers[1].tracker = 'true': tracker layers come before"},
        BadDescription{"NoLayers", "[[layers]]", "[[pixels.x]]", "layers: is missing"},
        BadDescription{"WidePixels", "pitch_x = 1.0", "pitch_x = 1.5",
                       "pixels.pitch_x = '1.5': columns times pitch_x is wider"},
        BadDescription{"MissingPixelKey", "pitch_y = 1.0", "", "pixels.pitch_y: is missing"},
        BadDescription{"Form", "\"column\"", "\"colum\"",
                       "mapping.form = 'colum': is no choice; did you mean 'column'?"},
        BadDescription{"NoColumn", "column = \"layer\"", "", "mapping.column: form \"column\" needs"},
        BadDescription{"PlanePitch", "\"column\"", "\"plane\"", "mapping.pitch = '0': form \"plane\" needs a pitch"},
        BadDescription{"Syntax", "[mapping]", "[mapping", "line 18, column 9: "},
        BadDescription{"WrongType", "10.0", "\"ten\"", "layers[0].front_z: has the wrong type"},
        BadDescription{"Threshold", "[mapping]", "[thresholds]\nmin_cluster_size = -1\n[mapping]",
                       "thresholds.min_cluster_size = '-1': must lie in"}),
    [](const auto& each) { return each.param.name; });

TEST(Description, UnknownNamesAndFiles) {
  EXPECT_THAT(error_of([] { read_detector("bergen"); }),
              HasSubstr("detector = 'bergen': no such name; shipped are bergen-dtc, "));
  EXPECT_EQ(error_of([] { read_detector("mine.toml"); }), "mine.toml: no such file");
}

}  // namespace
}  // namespace difftrack::detector
