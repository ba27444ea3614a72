// SPDX-License-Identifier: Apache-2.0
// From a described scan to an image, through the programs as a user runs them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numbers>
#include <string>

#include "difftrack/event/io/meta_image.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/event/io/npz_writer.hpp"
#include "tests/apps/run_command.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::apps {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// Mean of an image of 60 pixels of 3 mm over a disc [mm].
double mean(const event::MetaImage& image, double x, double z, double radius) {
  double sum = 0.0, n = 0.0;
  for (std::int64_t k = 0; k < image.counts[2]; ++k)
    for (std::int64_t i = 0; i < image.counts[0]; ++i)
      if (std::hypot(3.0 * (static_cast<double>(i) - 29.5) - x, 3.0 * (static_cast<double>(k) - 29.5) - z) < radius)
        sum += static_cast<double>(image.values[static_cast<std::size_t>(k * image.counts[0] + i)]), n += 1.0;
  return sum / n;
}

class ImageCommand : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new core::TemporaryFolder;
    std::ofstream(*folder_ / "scan.toml")
        << "views = 24\nprotons_per_spot = 60\nphantom = \"ctp404\"\nspots_x = 23\nseed = 3\n";
    ASSERT_EQ(run("difftrack scan scan.toml -q").exit_code, 0);
    ASSERT_EQ(run("difftrack reconstruct -q scan --method truth -o tracks").exit_code, 0);
  }
  static void TearDownTestSuite() { delete folder_; }

  static CommandResult run(const std::string& command) {
    return run_command("cd " + (*folder_ / "") + " && " + command);
  }
  static std::string bytes(const std::string& name) {
    std::ifstream in(*folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void refuses(const std::string& command, const std::string& sentence) {
    const CommandResult result = run(command);
    EXPECT_EQ(result.exit_code, 2) << command << ": " << result.output;
    EXPECT_THAT(result.output, HasSubstr(sentence)) << command;
    EXPECT_FALSE(fs::exists(*folder_ / "none.mha")) << command;
  }

  static core::TemporaryFolder* folder_;
};
core::TemporaryFolder* ImageCommand::folder_ = nullptr;

TEST_F(ImageCommand, ShowsThePhantomTheRightWayRound) {
  ASSERT_EQ(
      run("difftrack image -q tracks.npz --pixels 60 --pixel 3 --hull cylinder:75 -o a.mha --threads 1").exit_code, 0);
  ASSERT_EQ(
      run("difftrack image -q tracks.npz --pixels 60 --pixel 3 --hull cylinder:75 -o b.mha --threads 2").exit_code, 0);
  EXPECT_EQ(bytes("a.mha"), bytes("b.mha"));
  const event::MetaImage image = event::read_meta_image(*folder_ / "a.mha");
  EXPECT_NEAR(mean(image, 0.0, 0.0, 40.0), 1.154, 0.01);
  // Rods every 45 degrees: air, polystyrene, LDPE, PMP, air, Teflon, Delrin, PMMA. Mirrored, Teflon would be PMP.
  const auto rod = [&](int n) {
    return mean(image, 58.5 * std::cos(n * std::numbers::pi / 4), 58.5 * std::sin(n * std::numbers::pi / 4), 4.5);
  };
  EXPECT_LT(rod(0), 0.4);
  EXPECT_LT(rod(3), 1.05);
  EXPECT_LT(rod(4), 0.4);
  EXPECT_GT(rod(5), 1.5);
}

TEST_F(ImageCommand, FindsTheHullByItself) {
  ASSERT_EQ(run("difftrack image -q tracks.npz --pixels 60 --pixel 3 -o found.mha").exit_code, 0);
  const event::MetaImage image = event::read_meta_image(*folder_ / "found.mha");
  EXPECT_NEAR(mean(image, 0.0, 0.0, 40.0), 1.154, 0.01);
  EXPECT_NEAR(mean(image, 80.0, 30.0, 4.0), 0.0, 0.05);
}

TEST_F(ImageCommand, AScanThatWasStoppedGoesOn) {
  ASSERT_EQ(run("cp -r scan again && rm again/view-0007.npz again/view-0020.npz").exit_code, 0);
  const auto told = run("difftrack scan scan.toml -o again");
  EXPECT_EQ(told.exit_code, 0);
  EXPECT_THAT(told.output, HasSubstr("24 views of 1380 protons, 2 of them simulated now"));
  EXPECT_EQ(run("cmp again/view-0007.npz scan/view-0007.npz").exit_code, 0);
  EXPECT_EQ(run("sed 's/seed = 3/seed = 4/' scan.toml > other.toml").exit_code, 0);
  const auto other = run("difftrack scan other.toml -o again -q");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.output, HasSubstr("again/view-0000.npz: is a view of another scan"));
}

TEST_F(ImageCommand, AScanGoesOnWhoseOptionsStoodInAnotherOrder) {
  ASSERT_EQ(run("cp -r scan ordered").exit_code, 0);
  const std::string view = *folder_ / "ordered/view-0000.npz";
  const std::string command = event::NpzFile(view).read("command").text;
  const std::size_t first = command.find(" --"), second = command.find(" --", first + 1);
  const auto rewrite = [&](const std::string& text) {
    event::NpzWriter out(view);
    out.add_text("command", text);
    out.commit();
  };
  rewrite(command.substr(0, first) + command.substr(second) + command.substr(first, second - first));
  const auto told = run("difftrack scan scan.toml -o ordered");
  EXPECT_EQ(told.exit_code, 0) << told.output;
  EXPECT_THAT(told.output, HasSubstr(" 0 of them simulated now"));
  rewrite(command.substr(0, first) + command.substr(second));
  EXPECT_EQ(run("difftrack scan scan.toml -o ordered").exit_code, 2) << "an option is missing";
}

TEST_F(ImageCommand, RefusesWhatMakesNoImageInOneSentence) {
  ASSERT_EQ(run("difftrack simulate -q --primaries 200 --spots-x 3 -o turned.npz --phantom ctp404 && "
                "difftrack reconstruct -q turned.npz --method truth -o no-turn")
                .exit_code,
            0);
  refuses("difftrack image no-turn.npz -o none.mha", "no-turn.npz: rotation, frame 0 = 'not known': an image needs it");
  ASSERT_EQ(run("difftrack simulate -q --primaries 200 --rotation 0deg -o pencil.npz --phantom ctp404 && "
                "difftrack reconstruct -q pencil.npz --method truth -o no-spot")
                .exit_code,
            0);
  refuses("difftrack image no-spot.npz -o none.mha", "spot_x, frame 0 = 'not known'");
  refuses("difftrack image tracks.npz --hull cylinder:95 -o none.mha", "hull = 'cylinder:95': reaches 95.0 mm");
  refuses("difftrack image tracks.npz --hull sphere:95 -o none.mha", "--hull = 'sphere:95': is no hull");
  refuses("difftrack image tracks.npz --pixels 400 -o none.mha", "are fewer than the 160000 pixels");
  refuses("difftrack image tracks.npz --calibration gate-3mm-al -o none.mha", "is a calibration of another detector");
  refuses("difftrack image tracks.npz --max-hole 0.9 -o none.mha", "leave a hole 1.0 times");
  refuses("difftrack image scan/view-0000.npz -o none.mha", "is no tracks file");
  ASSERT_EQ(run("difftrack reconstruct -q scan/view-000[0-8].npz scan/view-001*.npz --method truth -o holed").exit_code,
            0);
  refuses("difftrack image holed.npz -o none.mha", "rotation = '19 views': leave a hole");
  ASSERT_EQ(
      run("cp scan/view-0000.npz last.npz && difftrack reconstruct -q scan/view-0000.npz scan/view-0001.npz last.npz "
          "--method truth -o twice")
          .exit_code,
      0);
  refuses("difftrack image twice.npz -o none.mha", "= '0 deg': comes a second time");
  ASSERT_EQ(
      run("difftrack simulate -q --detector gate-3mm-al --primaries 200 --spots-x 3 --rotation 7deg -o gate.npz && "
          "difftrack reconstruct -q gate.npz --detector gate-3mm-al --method truth -o gate-tracks")
          .exit_code,
      0);
  refuses("difftrack image tracks.npz gate-tracks.npz -o none.mha",
          "gate-tracks.npz: detector = 'gate-3mm-al': is another detector than that of");
}

TEST_F(ImageCommand, ExportsRadiographsOfTheRightSize) {
  ASSERT_EQ(
      run("difftrack export -q tracks.npz --pixels 60 --pixel 3 --hull cylinder:75 --format rtk -o rtk").exit_code, 0);
  const event::MetaImage stack = event::read_meta_image(*folder_ / "rtk/radiographs.mha");
  ASSERT_EQ(stack.counts, (std::array<std::int64_t, 3>{60, 3, 24}));
  // Through the middle of the cylinder: 150 mm of epoxy, less what the rods on the way have not.
  for (std::size_t view = 0; view < 24; ++view) {
    const double wepl = static_cast<double>(stack.values[view * 180 + 60 + 30]);
    EXPECT_GT(wepl, 140.0) << view;
    EXPECT_LT(wepl, 185.0) << view;
  }
  EXPECT_THAT(bytes("rtk/geometry.xml"), HasSubstr("<GantryAngle>344.99999"));  // of the second view, +15
  refuses("difftrack export -q tracks.npz --format rtk --entrance-z -200 -o none.mha",
          "--entrance-z = '-200': is of no use to --format rtk");
  refuses("difftrack export -q tracks.npz --splat linear -o none.mha", "is of use to --format rtk alone");
}

TEST_F(ImageCommand, IsScoredAgainstThePhantom) {
  ASSERT_EQ(run("difftrack image -q tracks.npz --pixels 60 --pixel 3 --hull cylinder:75 -o judged.mha").exit_code, 0);
  const auto told = run("difftrack score judged.mha --phantom ctp404 --against judged.mha --json s.json --page s.html");
  EXPECT_EQ(told.exit_code, 0) << told.output;
  EXPECT_THAT(told.output, HasSubstr("mean difference +0.000 %, rms 0.0000, N_eff 1.000"));
  EXPECT_THAT(told.output, HasSubstr("\nteflon "));
  EXPECT_THAT(bytes("s.json"), HasSubstr("\"name\": \"teflon\""));
  EXPECT_THAT(bytes("s.html"), HasSubstr("data:image/png;base64,"));
  const auto again = run("difftrack score judged.mha --phantom ctp404 --against judged.mha --threads 1");
  EXPECT_EQ(again.output, told.output);

  refuses("difftrack score judged.mha", "--phantom: or --reference has to say what the image should be");
  refuses("difftrack score judged.mha --phantom ctp404 --reference judged.mha", "is of no use beside --phantom");
  refuses("difftrack score judged.mha --phantom none", "has nothing to be compared with");
  refuses("difftrack score judged.mha --phantom ctp405", "phantom = 'ctp405': unknown");
  refuses("difftrack score judged.mha --phantom ctp404 --finer 4", "--finer = '4': is even");
  refuses("difftrack score judged.mha --reference judged.mha --finer 3", "--finer = '3': is of no use to --reference");
  refuses("difftrack score tracks.npz --phantom ctp404", "tracks.npz");
  refuses("difftrack score judged.mha --phantom ctp404 --json judged.mha", "is an input, too");
  refuses("difftrack score judged.mha --phantom ctp404 --margin 90", "leaves no voxel of the phantom's body");
  ASSERT_EQ(run("difftrack image -q tracks.npz --pixels 50 --pixel 3.5 --hull cylinder:75 -o coarse.mha").exit_code, 0);
  refuses("difftrack score judged.mha --phantom ctp404 --against coarse.mha", "has other voxels than the image");
  refuses("difftrack score judged.mha --reference coarse.mha", "coarse.mha: ElementSpacing = '3.5': is not that of");
}

// The gradient of the image by segments, against what swaps of two assigned segments do to the image (docs/image.md).
TEST_F(ImageCommand, GradientOfSegmentsHasTheSignOfSwaps) {
  const std::string check =
      "difftrack check-image scan --phantom ctp404 --hull cylinder:75 --pixels 42 --pixel 4 --lambdas 1 30 ";
  ASSERT_EQ(run(check + "-q --swaps 60 --json one.json --threads 1").exit_code, 0);
  const auto told = run(check + "--swaps 60 --json two.json --threads 2");
  EXPECT_EQ(told.exit_code, 0) << told.output;
  EXPECT_THAT(told.output, HasSubstr("blackbox, lambda 30"));
  EXPECT_EQ(bytes("one.json"), bytes("two.json"));
  const auto json = nlohmann::json::parse(bytes("one.json"));
  EXPECT_GT(json["changing"].get<int>(), 600);
  EXPECT_EQ(json["ways"][1]["gradient"], "dL/dY");
  EXPECT_GT(json["ways"][1]["share"].get<double>(), 0.80);
  EXPECT_EQ(json["ways"][1]["told"], json["changing"]);
  refuses("difftrack check-image scan", "--phantom: has to say what the image should be");
  refuses("difftrack check-image tracks.npz --phantom ctp404", "tracks.npz");
  refuses(check + "--lambdas 0", "--lambdas = '0': has to be above 0");
  refuses(check + "--mode forced --unassigned-cost 1", "is of no use to --mode forced");
  refuses("difftrack check-image scan --phantom ctp404 --hull cylinder:200 --pixels 42",
          "reaches 200.0 mm from the axis");
}

}  // namespace
}  // namespace difftrack::apps
