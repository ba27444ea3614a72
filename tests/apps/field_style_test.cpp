// SPDX-License-Identifier: Apache-2.0
// Every option of every Config: one style of help, one system of units, defaults that its own range allows.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "difftrack/aerosol/boxes/sample_boxes.hpp"
#include "difftrack/aerosol/emulator/roll_out.hpp"
#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/assign/blackbox.hpp"
#include "difftrack/assign/estimators.hpp"
#include "difftrack/assign/perturbed_assignments.hpp"
#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/frames/frames_from_pixels.hpp"
#include "difftrack/detector/frames/steps_to_hits.hpp"
#include "difftrack/detector/pixels/chip_alignment.hpp"
#include "difftrack/detector/steps/step_reader.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/image/bin_protons.hpp"
#include "difftrack/image/drop.hpp"
#include "difftrack/image/filtered_back_projection.hpp"
#include "difftrack/image/make_image.hpp"
#include "difftrack/image/path_finder.hpp"
#include "difftrack/image/range_calibration.hpp"
#include "difftrack/image/range_finder.hpp"
#include "difftrack/image/robust_cuts.hpp"
#include "difftrack/image/score.hpp"
#include "difftrack/learn/agent/agent_experiment.hpp"
#include "difftrack/learn/agent/agent_tracker.hpp"
#include "difftrack/learn/emulator/layer_training.hpp"
#include "difftrack/learn/emulator/published_networks.hpp"
#include "difftrack/learn/emulator/train_emulator.hpp"
#include "difftrack/learn/ops/gradient_check.hpp"
#include "difftrack/learn/train/experiment.hpp"
#include "difftrack/learn/train/joint_residual_config.hpp"
#include "difftrack/learn/train/policy_return_config.hpp"
#include "difftrack/network/description.hpp"
#include "difftrack/policy/policy_assignment.hpp"
#include "difftrack/policy/policy_gradient.hpp"
#include "difftrack/policy/rollout.hpp"
#include "difftrack/reconstruct/swap_check.hpp"
#include "difftrack/simulate/config.hpp"
#include "difftrack/simulate/scan.hpp"
#include "difftrack/study/curves.hpp"
#include "difftrack/study/landscape.hpp"
#include "difftrack/study/similarity.hpp"
#include "difftrack/study/stability.hpp"
#include "difftrack/track/follower.hpp"
#include "difftrack/track/joint/fit_likelihood.hpp"
#include "difftrack/track/joint/fit_without_truth.hpp"
#include "difftrack/track/joint/joint_assignment.hpp"
#include "difftrack/track/physics_assignment.hpp"
#include "difftrack/track/straightness.hpp"
#include "difftrack/tune/proposer.hpp"
#include "tests/support/paths.hpp"

namespace difftrack {
namespace {

/// All of them; AllAreListed counts.
using Configs = std::tuple<
    aerosol::SampleBoxes::Config, aerosol::RollOutConfig, assign::AssignConfig, assign::BlackboxConfig,
    assign::EstimatorConfig, assign::PerturbedAssignments::Config, network::Description, detector::PixelMatrix,
    detector::ChipPlacement, detector::LayerMapping, detector::AngularFilter, detector::Thresholds,
    detector::FrameConfig, detector::FramesFromPixels::Config, detector::HitConfig, detector::Digitise::Config,
    detector::AlignChips::Config, detector::ClusterPixels::Config, detector::FindHotPixels::Config,
    detector::InputConfig, graph::HitGraphConfig, simulate::SimulationConfig, simulate::ScanConfig,
    image::RangeFinder::Config, image::RangeCalibration::Config, detector::BeamConfig, image::PathFinder::Config,
    image::GridConfig, image::BinProtons::Config, image::FilteredBackProjection::Config, image::RobustCuts::Config,
    image::Drop::Config, image::ScoreConfig, image::ImageConfig, track::FollowerConfig, track::JointConfig,
    track::JointSearchConfig, track::LikelihoodFitConfig, track::TruthFreeFitConfig, policy::PolicyConfig,
    policy::RolloutConfig, policy::GradientConfig, learn::PolicyReturnConfig, learn::JointResidualConfig,
    track::DecisionGradientConfig, track::PhysicsConfig, track::StraightnessConfig, learn::GradientCheckConfig,
    network::RmsProp::Config, learn::ModelConfig, learn::DataConfig, learn::LossConfig, learn::ScheduleConfig,
    learn::EmulatorTraining, learn::PublishedTraining, learn::LayerTraining, reconstruct::SwapCheckConfig,
    study::FrameSource, study::HessianLoss, study::HessianConfig, study::LandscapeConfig, study::ConnectConfig,
    study::SimilarityConfig, study::StabilityConfig, tune::GaussianProcessConfig, tune::ProposerConfig,
    learn::AgentData, learn::AgentTraining, learn::PpoConfig, learn::AgentTrackerConfig>;

template <class Visitor>
void for_each_config(Visitor&& visit) {
  std::apply([&](const auto&... config) { (visit(config), ...); }, Configs{});
}

template <class Visitor>
void for_each_option(Visitor&& visit) {
  for_each_config([&](const auto& config) { core::for_each_field<std::remove_cvref_t<decltype(config)>>(visit); });
}

TEST(FieldStyle, AllConfigsAreListedHere) {
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(paths::source() + "/difftrack")) {
    if (entry.path().extension() != ".hpp") continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);)
      found += line.find("static constexpr auto fields() {") != std::string::npos &&
               line.find("//") == std::string::npos && line.find("std::tuple<>{}") == std::string::npos;
  }
  EXPECT_EQ(found, std::tuple_size_v<Configs>) << "a Config was added or removed: list it in this test";
}

// What it is, not what to do: "Number of threads; 0: all cores."
TEST(FieldStyle, HelpIsOneNounPhrase) {
  const std::set<std::string> commands{"Add",  "Allow", "Count", "Cut",   "Do",   "Draw", "Drop",  "Find",
                                       "Give", "Hurry", "Keep",  "Leave", "Let",  "Make", "Place", "Put",
                                       "Read", "Say",   "Set",   "Stop",  "Take", "Tell", "Use",   "Write"};
  for_each_option([&](const auto& each) {
    const std::string help(each.help), name(each.name);
    ASSERT_FALSE(help.empty()) << name;
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(help.front()))) << name << ": " << help;
    EXPECT_EQ(help.back(), '.') << name << ": " << help;
    EXPECT_EQ(help.find(". "), std::string::npos) << name << " has two sentences: " << help;
    EXPECT_EQ(help.find("  "), std::string::npos) << name << ": " << help;
    EXPECT_LE(help.size(), 120U) << name << ": " << help;
    EXPECT_FALSE(commands.contains(help.substr(0, help.find(' ')))) << name << " is an imperative: " << help;
    EXPECT_EQ(help.find('['), each.name == "hits" ? help.find("[pixels]") : std::string::npos)
        << name << ": units stand in the field: " << help;
  });
}

TEST(FieldStyle, NamesAreSnakeCaseAndTheirOwn) {
  for_each_config([&](const auto& config) {
    std::set<std::string> names;
    for (const std::string& name : core::field_names<std::remove_cvref_t<decltype(config)>>()) {
      EXPECT_TRUE(names.insert(name).second) << name << " stands twice";
      EXPECT_TRUE(std::all_of(name.begin(), name.end(), [](char c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      })) << name;
    }
  });
}

// mm, MeV, rad and ns, and what is made of them; beside them counts, and the memory of a computer.
TEST(FieldStyle, UnitsAreThoseOfTheHouse) {
  const std::set<std::string_view> units{"",    "mm",     "MeV",       "rad",   "ns",      "mm rad", "1/mm",
                                         "1/s", "pixels", "electrons", "steps", "protons", "MB"};
  for_each_option([&](const auto& each) { EXPECT_TRUE(units.contains(each.unit)) << each.name << ": " << each.unit; });
}

TEST(FieldStyle, DefaultsLieInTheirRanges) {
  for_each_config([&](const auto& config) {
    // A matrix has no default: a description has to give one.
    if constexpr (!std::is_same_v<std::remove_cvref_t<decltype(config)>, detector::PixelMatrix>) {
      EXPECT_NO_THROW(core::check_fields(config, ""));
    }
  });
}

TEST(FieldStyle, ChoicesHaveNamesThatFlagsCanHave) {
  for_each_option([&](const auto& each) {
    using T = typename std::remove_cvref_t<decltype(each)>::Value;
    if constexpr (std::is_enum_v<T>) {
      std::set<std::string> names;
      for (const auto& choice : choices(T{})) {
        const std::string name(choice.name), meaning(choice.meaning);
        EXPECT_TRUE(names.insert(name).second) << each.name << ": " << name << " stands twice";
        EXPECT_EQ(core::parse_choice<T>(name, "", ""), choice.value);
        EXPECT_EQ(name.find_first_of(" ,={}"), std::string::npos) << each.name << ": " << name;
        EXPECT_TRUE(meaning.empty() || meaning.find_last_of(".;") == std::string::npos) << each.name << ": " << meaning;
      }
    }
  });
}

// The angular filter was once described twice, with two ranges.
TEST(FieldStyle, ThePartsOfAConfigAreTheSameEverywhere) {
  const auto range_of = [](const std::vector<std::string>& names, const std::string& name) {
    return std::count(names.begin(), names.end(), name);
  };
  for (const char* name : {"max_angle_calorimeter", "max_angle_tracker"}) {
    EXPECT_EQ(range_of(core::field_names<detector::Thresholds>(), name), 1);
    EXPECT_EQ(range_of(core::field_names<graph::HitGraphConfig>(), name), 1);
  }
  static_assert(std::is_same_v<decltype(detector::Thresholds::angles), decltype(graph::HitGraphConfig::angles)>);
}

}  // namespace
}  // namespace difftrack
