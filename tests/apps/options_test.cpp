// SPDX-License-Identifier: Apache-2.0
// Every flag of the programs, through the programs: it changes something, or is known not to change results. A flag
// that is accepted and ignored cannot hide: the flags are those that --help lists.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/event/io/safetensors.hpp"
#include "difftrack/learn/train/experiment.hpp"
#include "tests/apps/flag_effects.hpp"
#include "tests/apps/run_command.hpp"
#include "tests/core/temporary_folder.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::apps {
namespace {

using ::testing::HasSubstr;

class Options : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new core::TemporaryFolder;
    ASSERT_EQ(run("difftrack simulate --primaries 240 --seed 6 -q -o steps.npz").exit_code, 0);
    ASSERT_EQ(run("difftrack simulate --detector gate-3mm-al --phantom water:250 --energy 250 --sigma 0 --divergence 0 "
                  "--emittance 0 --primaries 200 -q -o gate.npz")
                  .exit_code,
              0);
    const event::Table steps = event::read_table(*folder_ / "steps.npz");
    const std::vector<std::string> names{"eventID",  "trackID", "parentID", "PDGEncoding", "level1ID",
                                         "level2ID", "posX",    "posY",     "posZ",        "edep"};
    std::ofstream named(*folder_ / "steps.csv"), bare(*folder_ / "bare.csv"), cm(*folder_ / "cm.csv");
    for (std::ofstream* file : {&named, &cm}) *file << fmt::format("{},time\n", fmt::join(names, ","));
    for (std::size_t i = 0; i < steps.rows(); ++i) {
      std::string row, row_cm;
      for (const std::string& name : names) {
        const double value = steps.at(name).number(i);
        row += fmt::format("{},", value);
        row_cm += fmt::format("{},", name.starts_with("pos") ? value / 10.0 : value);
      }
      const std::string time = fmt::format("{}\n", 1e-7 * steps.at("eventID").number(i));  // [s]
      named << row << time;
      bare << row << time;
      cm << row_cm << time;
    }
    event::SafeTensors likelihood = event::read_safetensors(paths::source() + "/likelihoods/bergen-dtc.safetensors");
    likelihood.tensors["calibration"].values = std::vector<double>{3.0, 1.0};
    event::write_safetensors(*folder_ / "other.safetensors", likelihood);
    std::ofstream pixels(*folder_ / "pixels.csv");
    pixels << "frame,x,y,layer\n";
    for (int frame = 0; frame < 2; ++frame)  // a track of clusters of 3 x 3 pixels that fires twice, and one that moves
      for (int layer = 0; layer < 8; ++layer)
        for (int pixel = 0; pixel < 9; ++pixel)
          pixels << fmt::format("{0},{1},{2},{3}\n{0},{4},{2},{3}\n", frame, 400 + pixel % 3, 300 + pixel / 3, layer,
                                40 + 100 * frame + pixel % 3);
    std::ofstream(*folder_ / "v.mhd")
        << "NDims = 3\nDimSize = 4 4 50\nElementSpacing = 40 40 2\nElementType = MET_UCHAR\nElementDataFile = v.raw\n";
    std::ofstream(*folder_ / "v.raw") << std::string(800, '\0');
    std::ofstream(*folder_ / "hu.csv") << "hu,material,density\n-1000,air,0.00129\n100,aluminium,1.35\n";
  }
  static void TearDownTestSuite() { delete folder_; }

  static CommandResult run(const std::string& command) {
    return run_command("cd " + (*folder_ / "") + " && " + command);
  }
  /// All that a command tells, and its exit code.
  static std::string told(const std::string& command) {
    const CommandResult result = run(command);
    return fmt::format("{}\n{}", result.exit_code, result.output);
  }

  static core::TemporaryFolder* folder_;
};
core::TemporaryFolder* Options::folder_ = nullptr;

TEST_F(Options, OfSimulateChangeTheSteps) {
  const std::string few = "--primaries 40", scan = "--primaries 40 --spots-x 3";
  const std::vector<Effect> effects{{"--detector gate-3mm-al", few},
                                    {"--phantom water:50", few},
                                    {"--primaries 50"},
                                    {"--seed 2", few},
                                    {"--particle helium", few},
                                    {"--energy 200", few},
                                    {"--energy-spread 1MeV", few},
                                    {"--sigma 0.1cm", few + " --emittance 0"},
                                    {"--divergence 3mrad", few},
                                    {"--emittance 0.01mm-rad", few},
                                    {"--convergent", few},
                                    {"--source-z -60cm", few},
                                    {"--spots-x 3", few},
                                    {"--spots-y 3", few},
                                    {"--spot-pitch 2", scan},
                                    {"--steering-distance 2m", scan},
                                    {"--phantom-z -20", few},
                                    {"--rotation 30deg", few + " --phantom ctp404"},
                                    {"--phantom-step 2", few},
                                    {"--hu-table hu.csv", few + " --phantom volume:v.mhd"},
                                    {"--scattering displaced", few},
                                    {"--scattering wentzelvi_like", few},
                                    {"--no-straggling", few},
                                    {"--no-nuclear", "--primaries 200"},
                                    {"--no-electrons", "--primaries 200"},
                                    {"--electron-cut 0.005", few},
                                    {"--step-share 0.01", few},
                                    {"--no-step-shift", few}};
  // The rows: the file holds the command line, too.
  check("simulate", effects, {{"--threads 1", few}}, {"output", "quiet", "files", "shard"},
        [](const std::string& options) {
          const CommandResult result = run("difftrack simulate -q -o out.npz " + options);
          if (result.exit_code != 0) return result.output;
          std::string rows;
          for (const event::Column& column : event::read_table(*folder_ / "out.npz").columns)
            for (std::size_t i = 0; i < column.size(); ++i) rows += fmt::format("{} ", column.number(i));
          return rows;
        });
}

/// What `reconstruct` and `inspect` share: how files are read, and how steps become hits.
/// `rate` is that of pixels that fire without charge: a report counts few, tracks change where there are many.
std::vector<Effect> reading_effects(const std::string& rate) {
  const std::string pixels = "steps.csv --hits pixels";
  return {{"--columns eventID,trackID,parentID,PDGEncoding,level1ID,level2ID,posX,posY,posZ,edep,time", "bare.csv"},
          {"--layer-from plane", "steps.csv"},
          {"--length-unit cm", "cm.csv"},
          {"--energy-unit keV", "steps.csv"},
          {"--beam-axis -z", "steps.csv"},
          {"--hits pixels", "steps.csv"},
          {"--no-fold-electrons", "gate.npz --detector gate-3mm-al"},
          {"--pixel-gamma 20um", pixels},
          {"--pixel-collected 0.4", pixels},
          {"--pixel-threshold '300 electrons'", pixels},
          {"--pixel-threshold-spread 30", pixels},
          {"--pixel-noise 40", pixels},
          {"--pixel-noise-hit-rate " + rate, pixels},
          {"--pixel-dead-fraction 0.5", pixels},
          {"--pixel-dead-chip-fraction 0.5", pixels},
          {"--pixel-hot-fraction " + rate, pixels},
          {"--pixel-hot-rate 1", pixels + " --pixel-hot-fraction " + rate},
          {"--pixel-negligible-charge 80", pixels},
          {"--pixel-chip-layout", pixels},
          {"--pixel-seed 2", pixels + " --pixel-threshold-spread 30"}};
}

TEST_F(Options, OfReconstructChangeTheTracks) {
  std::vector<Effect> effects;
  for (const Effect& each : reading_effects("2e-3"))
    effects.push_back({each.flag, each.base + " --method straightness"});
  const std::string network = "steps.csv --method network", physics = "steps.csv --method physics",
                    follower = "steps.csv --method follower",
                    broken = follower + " --max-score 20mrad --always-below 20mrad", free = network + " --mode free",
                    rate = "steps.csv --method straightness --frame-time 2us --rate 1e7",
                    dense = "steps.csv --method joint --per-frame 240", joint = "steps.csv --method joint";
  const std::vector<Effect> own{{"--force", "cm.csv --method straightness"},
                                {"--drop-repeats", "pixels.csv --method straightness --per-frame 1"},
                                {"--time-unit us", "steps.csv --method straightness --frame-time 2us"},
                                {"--detector gate-3mm-al", "steps.csv --method straightness"},
                                {"--method straightness", "steps.csv"},
                                {"--model gate-3mm-al", network},
                                {"--per-frame 30", "steps.csv --method straightness"},
                                {"--frame-time 2us", "steps.csv --method straightness"},
                                {"--rate 1e7", "steps.csv --method straightness --frame-time 2us"},
                                {"--arrival-seed 2", rate},
                                {"--no-keep-partial", "steps.csv --method straightness"},
                                {"--max-hits-per-layer 2", "steps.csv --method straightness"},
                                {"--mode forced", network},
                                {"--unassigned-cost 0.1", free},
                                {"--min-score 0.9", network},
                                {"--likelihood other.safetensors", dense},
                                {"--min-confidence 0.99", dense},
                                {"--min-track-confidence 0.99", dense},
                                {"--missing-hits 0", dense},
                                {"--pair-gate 0", dense},
                                {"--rounds 0", dense},
                                {"--order deepest", "steps.csv --method policy --per-frame 240"},
                                {"--min-track-confidence 0.98", "steps.csv --method policy --per-frame 240"},
                                {"--particle helium", physics},
                                {"--beam-energy 150", physics},
                                {"--residual-range 10cm", physics},
                                {"--phantom-centre-z -10cm", physics},
                                {"--beam-sigma 30", physics},
                                {"--beam-divergence 50mrad", physics},
                                {"--range-straggling 0.1", physics},
                                {"--nuclear-loss 0.1/cm", physics},
                                {"--tail-share 0.4", physics},
                                {"--tail-width 10mrad", physics},
                                {"--position-resolution 0.5", physics},
                                {"--birth-share 0.6", physics},
                                {"--max-score 20mrad", follower},
                                {"--always-below 1mrad", follower},
                                {"--second-child-factor 0", follower},
                                {"--completion-angle 1rad", broken},
                                {"--max-last-layer 20", broken},
                                {"--max-leaves 1", follower}};
  effects.insert(effects.end(), own.begin(), own.end());
  const std::vector<Effect> same{
      {"--threads 1", network}, {"--threads 1", joint + " --per-frame 20"}, {"--memory 1", network}};
  // The rotation goes into the table of frames: ReconstructCommand.RotationOfThePhantomIsRecorded.
  check("reconstruct", effects, same,
        {"files-from", "tree", "output", "write-graph", "quiet", "rotation", "each", "shard"},
        [](const std::string& options) { return told("difftrack reconstruct -q -o - " + options); });
}

TEST_F(Options, OfInspectChangeTheReport) {
  std::vector<Effect> effects = reading_effects("1e-6");
  effects.push_back({"--detector gate-3mm-al", "steps.csv"});
  effects.push_back({"--per-frame 30", "steps.csv"});
  // The last ones belong to the command line that the report ends with.
  check("inspect", effects, {}, {"tree", "json", "memory", "force", "drop-repeats", "time-unit", "rotation"},
        [](const std::string& options) {
          std::string text = told("difftrack inspect " + options);
          return std::regex_replace(text, std::regex("\n  difftrack reconstruct[^\n]*"), "");  // repeats the flags
        });
  for (const std::string flag : {"--force", "--time-unit us", "--rotation 30deg"})
    EXPECT_THAT(told("difftrack inspect steps.csv " + flag), HasSubstr(flag + " "));
  EXPECT_THAT(told("difftrack inspect pixels.csv --drop-repeats"), HasSubstr("--drop-repeats --method"));
}

TEST_F(Options, OfEvaluateChangeTheTable) {
  for (const std::string method : {"straightness", "follower"})
    ASSERT_EQ(run("difftrack reconstruct -q steps.csv --per-frame 60 --write-graph --method " + method + " -o " +
                  method + ".npz")
                  .exit_code,
              0);
  std::ofstream(*folder_ / "list.txt") << "follower.npz\n";
  check("evaluate",
        {{"--files-from list.txt", "straightness.npz"},
         {"--no-truth", "follower.npz"},
         {"--compare straightness.npz", "follower.npz"}},
        {}, {"json"}, [](const std::string& options) { return told("difftrack evaluate " + options); });
}

TEST_F(Options, OfShowChangeThePage) {
  ASSERT_EQ(run("difftrack reconstruct -q steps.csv --per-frame 60 --method follower -o shown.npz").exit_code, 0);
  const auto page = [](const std::string& options) {
    const std::string tells = told("difftrack show shown.npz -o shown.html " + options);
    std::ifstream in(*folder_ / "shown.html", std::ios::binary);
    return tells + std::string(std::istreambuf_iterator<char>(in), {});
  };
  check("show", {{"--frame 1"}, {"--frames 2"}, {"--detector gate-3mm-al"}, {"--phantom water:50"}},
        {{"--phoenix shown.json"}}, {"output"}, page);
  const CommandResult none = run("difftrack show shown.npz --frame 99 -o none.html");
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.output, HasSubstr("shown.npz: --frame = '99': is no frame of the file; its last one is 3"));
  EXPECT_FALSE(std::filesystem::exists(*folder_ / "none.html"));
}

TEST_F(Options, OfReportChangeThePage) {
  for (const std::string method : {"straightness", "physics"})
    ASSERT_EQ(run("difftrack reconstruct -q steps.csv --per-frame 60 --write-graph --method " + method +
                  " -o reported_" + method + ".npz")
                  .exit_code,
              0);
  std::ofstream(*folder_ / "reported.txt") << "reported_physics.npz\n";
  const auto page = [](const std::string& options) {
    const std::string tells = told("difftrack report reported_straightness.npz -o report.html " + options);
    std::ifstream in(*folder_ / "report.html", std::ios::binary);
    return tells + std::string(std::istreambuf_iterator<char>(in), {});
  };
  check("report", {{"--files-from reported.txt"}, {"--detector gate-3mm-al"}, {"--no-truth"}}, {}, {"output"}, page);
  const std::string two = page("--files-from reported.txt");
  for (const std::string section : {"Yields", "Tracks", "Against physics", "Files side by side",
                                    "Purity and efficiency", "Density", "Disagreement", "Provenance"})
    EXPECT_NE(two.find("<h2>" + section + "</h2>"), std::string::npos) << section;
  const std::string real = page("--no-truth");
  for (const std::string section : {"Purity and efficiency", "Density", "Disagreement"})
    EXPECT_EQ(real.find("<h2>" + section + "</h2>"), std::string::npos) << section;
}

TEST_F(Options, OfFitLikelihoodChangeTheTables) {
  std::vector<Effect> effects = reading_effects("2e-3");
  const std::string plain = "steps.csv", alone = "steps.csv --without-truth";
  const std::vector<Effect> own{{"--force", "cm.csv"},
                                {"--detector gate-3mm-al", plain},
                                {"--per-frame 30", plain},
                                {"--source simulated", plain},
                                {"--without-truth", plain},
                                {"--start other.safetensors", alone + " --rounds 1"},
                                {"--rounds 1", alone},
                                {"--keep-secondaries", alone + " --start other.safetensors"},
                                {"--particle helium", plain},
                                {"--beam-energy 200", plain},
                                {"--link-angle 800mrad", plain},
                                {"--residual-range 20cm", plain},
                                {"--phantom-centre-z -10cm", plain},
                                {"--beam-sigma 30", plain},
                                {"--beam-divergence 50mrad", plain},
                                {"--range-straggling 0.1", plain},
                                {"--nuclear-loss 0.1/cm", plain},
                                {"--position-resolution 0.5", plain},
                                {"--birth-share 0.6", plain}};
  effects.insert(effects.end(), own.begin(), own.end());
  // Times and repeats matter to frames of a window and to pixel files, which have no truth.
  check("fit-likelihood", effects, {{"--memory 1", plain}, {"--threads 1", alone}},
        {"files-from", "output", "quiet", "rotation", "time-unit", "drop-repeats"}, [](const std::string& options) {
          const CommandResult result = run("difftrack fit-likelihood -q -o out.safetensors " + options);
          if (result.exit_code != 0) return result.output;
          std::ifstream file(*folder_ / "out.safetensors", std::ios::binary);
          return std::string(std::istreambuf_iterator<char>(file), {});
        });
}

TEST_F(Options, HelpListsChoicesUnitsRangesAndDefaults) {
  const std::string help = run_command("difftrack reconstruct --help").output;
  EXPECT_THAT(help, HasSubstr("--mode {forced,free}=forced"));
  EXPECT_THAT(help, HasSubstr("forced: maximum cardinality, then minimum cost (published); free: hits may stay"));
  EXPECT_THAT(help,
              HasSubstr("--method {joint,network,combined,policy,physics,straightness,follower,oracle,truth}=joint"));
  EXPECT_THAT(help, HasSubstr("--hits {merged,pixels}=merged"));
  EXPECT_THAT(help, HasSubstr("--length-unit {nm,um,mm,cm,m}"));
  EXPECT_THAT(help, HasSubstr("--beam-axis {+z,-z,+x,-x,+y,-y}"));
  EXPECT_THAT(help, HasSubstr("Energy before the phantom, per nucleon. [MeV] (1 to 330)"));
  const std::string simulate = run_command("difftrack simulate --help").output;
  EXPECT_THAT(simulate, HasSubstr("--divergence FLOAT=2.3mrad"));
  EXPECT_THAT(simulate, HasSubstr("Standard deviation of the beam's slope, per axis. [rad; unit needed] (0 to 0.1)"));
  EXPECT_THAT(simulate, HasSubstr("--phantom-z FLOAT=auto"));
}

#ifdef DIFFTRACK_HAS_TRAINING
template <class Config>
void expect_flags(const std::set<std::string>& flags, const std::string& table) {
  for (std::string name : core::field_names<Config>()) {
    // What is no key either: learn::fixed_fields.
    if (name == "threads" || name == "events_per_frame" || name == "frame_time") continue;
    if (table == "pixels") name = "pixel_" + name;
    if (table == "estimator" && name == "seed") name = "estimator_seed";
    std::replace(name.begin(), name.end(), '_', '-');
    EXPECT_TRUE(flags.contains(name)) << table << ": " << name;
  }
}

TEST_F(Options, EveryKeyOfAnExperimentIsAFlagOfTrain) {
  const std::set<std::string> flags = flags_of("train");
  using learn::Experiment;  // its types alone: an experiment has objectives, which need LibTorch
  expect_flags<decltype(Experiment::model)>(flags, "model");
  expect_flags<decltype(Experiment::data)>(flags, "data");
  expect_flags<decltype(learn::DataConfig{}.hits.pixels)>(flags, "pixels");
  expect_flags<decltype(Experiment::loss)>(flags, "loss");
  expect_flags<decltype(Experiment::assign)>(flags, "assign");
  expect_flags<decltype(Experiment::estimator)>(flags, "estimator");
  expect_flags<decltype(Experiment::optimiser)>(flags, "optimiser");
  expect_flags<decltype(Experiment::schedule)>(flags, "schedule");
}

TEST_F(Options, OfCheckGradientChangeTheReport) {
  std::ofstream(*folder_ / "list.txt") << "steps.csv\n";
  const std::string models = paths::source() + "/models/";
  const std::string steps = "steps.csv --per-frame 60 --frames 1 --directions 2";
  const std::string free = steps + " --mode free --lambda 10";
  check("check-gradient",
        {{"--files-from list.txt", steps},
         {"--model " + models + "gate-3mm-al.safetensors", steps},
         {"--detector gate-3mm-al", steps},
         {"--per-frame 30", "steps.csv --frames 1"},
         {"--frames 2", "steps.csv --per-frame 60"},
         {"--frames-per-step 4", steps + " --convention published"},
         {"--mode free", steps},
         {"--unassigned-cost 0.05", free},
         {"--min-score 0.9", steps + " --lambda 10"},
         {"--convention published", steps},
         {"--lambda 10", steps},
         {"--directions 3", steps},
         {"--step 1e-3", steps + " --lambda 10"},
         {"--tolerance 0", steps + " --lambda 10"},
         {"--direction-seed 2", steps + " --lambda 10 --step 1e-3"}},
        {}, {"json"}, [&](const std::string& options) {
          const bool own = options.find("--model") != std::string::npos;
          return told("difftrack check-gradient " + options +
                      (own ? "" : " --model " + models + "bergen-dtc.safetensors"));
        });
}

TEST_F(Options, OfTrainChangeTheRun) {
  std::ofstream(*folder_ / "small.toml")
      << "[data]\nper_frame = 30\ntraining = ['steps.csv']\nvalidation = ['steps.csv']\nmax_validation_frames = 2\n"
         "[schedule]\nsteps = 3\nframes_per_step = 2\nvalidate_every = 2\n";
  ASSERT_EQ(run("difftrack train small.toml -q -o start").exit_code, 0);
  const std::string plain = "--path plain", through = "--loss hamming", pixels = "--hits pixels",
                    noise = "--loss own --estimator fenchel_young",
                    flat = "--steps 12 --validate-every 1 --stop-when-flat 8 --learning-rate 0.01";
  const std::vector<Effect> effects{
      {"--training gate.npz"},
      {"--validation gate.npz"},
      {"--set schedule.steps=2"},
      {"--network hit_graph", plain},
      {"--hidden 32"},
      {"--features x,y,z,edep,layer", plain},
      {"--frequencies 8", plain},
      {"--encoding-scale 0.1", plain},
      {"--message-steps 2", plain},
      {"--message-width 8", plain},
      {"--node-width 8", plain},
      {"--aggregation sum", plain},
      {"--pair-width 16", "--loss policy"},
      {"--kink-gate -3"},
      {"--init-from start/model.safetensors"},
      {"--path plain"},
      {"--device cuda", plain},
      {"--detector gate-3mm-al"},
      {"--per-frame 60"},
      {"--hits pixels"},
      {"--no-fold-electrons", "--training gate.npz --validation gate.npz --detector gate-3mm-al --per-frame 100"},
      {"--max-validation-frames 1"},
      {"--pixel-gamma 20um", pixels},
      {"--pixel-collected 0.4", pixels},
      {"--pixel-threshold '300 electrons'", pixels},
      {"--pixel-threshold-spread 30", pixels},
      {"--pixel-noise 40", pixels},
      {"--pixel-noise-hit-rate 1e-4", pixels},
      {"--pixel-dead-fraction 0.5", pixels},
      {"--pixel-dead-chip-fraction 0.5", pixels},
      {"--pixel-hot-fraction 1e-3", pixels},
      {"--pixel-hot-rate 1", pixels + " --pixel-hot-fraction 1e-3"},
      {"--pixel-negligible-charge 80", pixels},
      {"--pixel-chip-layout", pixels},
      {"--pixel-seed 2", pixels + " --pixel-threshold-spread 30"},
      {"--loss hamming"},
      {"--margin 0.5", through},
      {"--mode free", "--init-from " + paths::source() + "/models/bergen-dtc.safetensors"},
      {"--unassigned-cost 0.1", "--mode free"},
      {"--min-score 0.5"},
      {"--estimator identity", through},
      {"--convention scale_free", through},
      {"--lambda 1000", through},
      {"--temperature 1", noise},
      {"--samples 2", noise},
      {"--estimator-seed 2", noise},
      {"--learning-rate 0.1"},
      {"--alpha 0.5"},
      {"--epsilon 0.1"},
      {"--steps 2"},
      {"--frames-per-step 3"},
      {"--validate-every 1"},
      {"--stop-when-flat 2", "--validate-every 1 --set schedule.flat_tolerance=1"},
      {"--flat-tolerance 1", flat},
      {"--seed 2"}};
  check("train", effects, {{"--threads 1"}, {"--checkpoint-every 1"}, {"--keep-every 1"}}, {"out", "resume", "quiet"},
        [](const std::string& options) {
          std::filesystem::remove_all(*folder_ / "run");
          const CommandResult result = run("difftrack train small.toml -q -o run " + options);
          std::ifstream metrics(*folder_ / "run/metrics.json");
          return result.exit_code == 0 ? std::string(std::istreambuf_iterator<char>(metrics), {}) : result.output;
        });
}

TEST_F(Options, OfTrainWithoutEffectOrChoiceAreRefused) {
  const std::string train = "difftrack train " + paths::source() + "/experiments/line_graph/ptt.toml -o run ";
  EXPECT_THAT(told(train + "--estimator-seed 3"), HasSubstr("--estimator-seed = '3': is of no use to --loss bce"));
  EXPECT_THAT(told(train + "--loss hamming --temperature 1"), HasSubstr("is of no use to --estimator blackbox"));
  EXPECT_THAT(told(train + "--loss hamming --estimator identity --lambda 3"), HasSubstr("to --estimator identity"));
  EXPECT_THAT(told(train + "--flat-tolerance 0.1"), HasSubstr("is of no use without --stop-when-flat"));
  EXPECT_THAT(told(train + "--mode frei"), HasSubstr("--mode = 'frei': is no choice; did you mean 'free'?"));
  EXPECT_THAT(told(train + "--convention scale-free"), HasSubstr("did you mean 'scale_free'?"));
}
#endif

TEST_F(Options, OfPhysicsWithoutEffectAreRefused) {
  for (const std::string flags :
       {"--outside", "--steps steps.npz", "--scattering displaced", "--geant4 --water 150",
        "--geant4 --steps steps.npz --water 120", "--geant4 --steps steps.npz --scattering displaced"})
    EXPECT_EQ(run("difftrack physics " + flags).exit_code, 2) << flags;
  EXPECT_EQ(run("difftrack physics --geant4 --steps steps.npz --primaries 1000 --water 100 --outside").exit_code, 0);
}

// Flags of the programs that are no field of a Config are told in the same style.
TEST_F(Options, HelpOfEveryFlagIsASentence) {
  std::vector<std::string> commands{"simulate",
                                    "convert",
                                    "inspect",
                                    "reconstruct",
                                    "evaluate",
                                    "fit-likelihood",
                                    "calibrate",
                                    "scan",
                                    "image",
                                    "export",
                                    "score",
                                    "check-image",
                                    "show",
                                    "report",
                                    "doctor",
                                    "study hessian",
                                    "study landscape",
                                    "study connect",
                                    "study similarity",
                                    "study stability",
                                    "tune",
                                    "aerosol simulate",
                                    "aerosol emulate",
                                    "aerosol roll-out"};
#ifdef DIFFTRACK_HAS_TRAINING
  commands.insert(commands.end(), {"train", "check-gradient", "train-emulator transfer", "train-emulator published",
                                   "train-emulator layer", "train-agent learn", "train-agent track"});
#endif
  for (const std::string& command : commands) {
    std::string help = run_command("difftrack " + command + " --help").output;
    help = std::regex_replace(help, std::regex("\n {20,}"), " ");  // one line per flag
    const std::regex line(R"(\n  (?:-\w,)?--([^\n]*?)  +([^\n]*))");
    for (auto i = std::sregex_iterator(help.begin(), help.end(), line); i != std::sregex_iterator(); ++i) {
      const std::string flag = (*i)[1].str(), text = (*i)[2].str();
      if (flag == "help" || flag.starts_with("version")) continue;
      EXPECT_TRUE(std::regex_search(text, std::regex(R"(^[A-Z].*[.]( \[.*\])?( \(.*\))?$)"))) << flag << ": " << text;
    }
  }
}

}  // namespace
}  // namespace difftrack::apps
