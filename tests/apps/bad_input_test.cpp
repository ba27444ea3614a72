// SPDX-License-Identifier: Apache-2.0
// Every kind of bad input through the program itself: one sentence that names file, field and value, exit code 2,
// and nothing written.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "difftrack/event/io/npz.hpp"
#include "difftrack/event/io/safetensors.hpp"
#include "difftrack/network/weights.hpp"
#include "tests/apps/run_command.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::apps {
namespace {

namespace fs = std::filesystem;

struct Case {
  std::string name;
  std::string command;                ///< run in a folder with good.csv, model.safetensors and the bad files
  std::vector<std::string> sentence;  ///< what its one line must contain
};

const std::string kReconstruct = "difftrack reconstruct -m model.safetensors -o out ";
const std::string kJoint = "difftrack reconstruct -o out good.csv --method joint --likelihood ";
const std::string kTo = "difftrack reconstruct -m model.safetensors good.csv -o ";
const std::string kHeader = "eventID,trackID,parentID,level1ID,level2ID,posX,posY,posZ,edep\n";

class BadInput : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("difftrack_bad_input_" + GetParam().name);
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    const event::NpzFile golden(paths::golden() + "/weights_trained.npz");
    network::Weights weights;
    for (const std::string& key : golden.keys()) {
      const auto array = golden.read(key);
      weights.tensors[key] = {array.shape, array.as<float>()};
    }
    network::write_weights((folder_ / "model.safetensors").string(), weights);
    write("good.csv", kHeader + row(0, "1.5", "0.02"));
    write("nan.csv", kHeader + row(0, "1.5", "0.02") + row(0, "nan", "0.02"));
    write("infinite.csv", kHeader + row(0, "inf", "0.02"));
    write("negative.csv", kHeader + row(0, "1.5", "-0.5"));
    write("missing.csv", "eventID,trackID,parentID,level1ID,level2ID,posX,posY,edep\n0,1,0,0,-1,1,1,0.1\n");
    write("text.csv", kHeader + "0,1,0,0,-1,abc,1,225,0.1\n");
    write("layer.csv", kHeader + "0,1,0,1,400,1,1,225,0.1\n");
    write("words.csv", "a,b\n");
    write("list", "good.csv\nnone.csv\n");
    fs::copy(fs::path(paths::source()) / "detectors/bergen-dtc.toml", folder_ / "description.toml");
    fs::create_directories(folder_ / "folder.npz");
    fs::create_directories(folder_ / "out.graph.npz");
    weights.metadata = {{"assignment", "free"}, {"unassigned_cost", "abc"}};
    network::write_weights((folder_ / "cost.safetensors").string(), weights);
    weights.metadata = {{"assignment", "loose"}};
    network::write_weights((folder_ / "mode.safetensors").string(), weights);
    weights.metadata = {{"description", "kink_gate = -4"}};
    network::write_weights((folder_ / "gated.safetensors").string(), weights);
    std::string own = read_file(folder_ / "description.toml");
    own.replace(own.find("\"bergen-dtc\""), 12, "\"own\"");
    write("own.toml", own);
    const auto likelihood = event::read_safetensors(paths::source() + "/likelihoods/bergen-dtc.safetensors");
    const auto changed = [&](const char* name, const auto& change) {
      event::SafeTensors other = likelihood;
      change(other);
      event::write_safetensors((folder_ / name).string(), other);
    };
    changed("no_kinks.safetensors", [](event::SafeTensors& file) { file.tensors.erase("kinks"); });
    changed("no_layers.safetensors", [](event::SafeTensors& file) { file.metadata.erase("n_layers"); });
    changed("newer.safetensors", [](event::SafeTensors& file) { file.metadata["schema"] = "7"; });
    write("unknown.toml", "name = 'x'\nlayerz = 3\n");
    write("empty.npz", "");
    std::ifstream in(paths::golden() + "/water100_p50_steps.npz", std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    write("truncated.npz", bytes.substr(0, bytes.size() * 2 / 3));
    write("dtype.npy", std::string("\x93NUMPY\x01\x00", 8) + std::string("\x46\x00", 2) +
                           "{'descr': '<q7', 'fortran_order': False, 'shape': (3,), }            \n" + "xxxxxxxx");
    std::string crowd = kHeader;
    for (int i = 0; i < 30000; ++i) crowd += row(0, std::to_string(i * 0.001), "0.02", i);
    write("crowd.csv", crowd);
    fs::copy(fs::path(paths::golden()) / "weights_trained.npz", folder_ / "wrong.safetensors");
    event::SafeTensors misfit;
    for (const auto& [key, tensor] : weights.tensors) misfit.tensors[key] = {tensor.shape, tensor.data};
    misfit.tensors["R1.layers.1.weight"] = {{16, 145}, std::vector<float>(16 * 145, 0.0F)};
    event::write_safetensors((folder_ / "shape.safetensors").string(), misfit);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string row(int layer, const std::string& x, const std::string& edep, int track = 1) {
    return "0," + std::to_string(track) + ",0," + std::to_string(layer) + ",-1," + x + ",1,225," + edep + "\n";
  }
  static std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  std::vector<std::string> listing() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  fs::path folder_;
};

TEST_P(BadInput, OneSentenceExitCodeTwoNothingWritten) {
  const auto before = listing();
  const CommandResult result = run_command("cd " + folder_.string() + " && " + GetParam().command);
  EXPECT_EQ(result.exit_code, 2) << result.output;
  EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
  for (const std::string& part : GetParam().sentence)
    EXPECT_NE(result.output.find(part), std::string::npos) << "'" << part << "' is not in: " << result.output;
  EXPECT_EQ(listing(), before);
}

INSTANTIATE_TEST_SUITE_P(
    Program, BadInput,
    testing::Values(
        Case{"no_file", kReconstruct + "none.npz", {"none.npz", "no such file"}},
        Case{"no_input", "difftrack reconstruct -o out", {"no input"}},
        Case{"pattern_without_match", kReconstruct + "'run*.npz'", {"run*.npz", "no file matches"}},
        Case{"folder_without_input", kReconstruct + "folder.npz", {"folder.npz", "no file of steps"}},
        Case{"same_file_twice", kReconstruct + "good.csv ./good.csv", {"./good.csv", "same file as good.csv"}},
        Case{"list_of_a_missing_file",
             "difftrack reconstruct -o out --files-from list",
             {"list: line 2 = 'none.csv'", "no such file"}},
        Case{"evaluate_no_tracks_in_folder", "difftrack evaluate folder.npz", {"folder.npz", "no tracks file"}},
        Case{"truncated_zip", kReconstruct + "truncated.npz", {"truncated.npz"}},
        Case{"empty_file", kReconstruct + "empty.npz", {"empty.npz"}},
        Case{"wrong_dtype", kReconstruct + "dtype.npy", {"dtype.npy", "<q7"}},
        Case{"missing_column", kReconstruct + "missing.csv", {"missing.csv", "posZ"}},
        Case{"text_in_a_number", kReconstruct + "text.csv", {"text.csv", "posX", "does not hold one number per row"}},
        Case{"nan_position", kReconstruct + "nan.csv", {"nan.csv", "posX", "nan"}},
        Case{"infinite_position", kReconstruct + "infinite.csv", {"infinite.csv", "posX", "inf"}},
        Case{"negative_energy", kReconstruct + "negative.csv", {"negative.csv", "edep", "-0.5"}},
        Case{"layer_outside", kReconstruct + "layer.csv", {"layer.csv", "40"}},
        Case{"crowded_layer", kReconstruct + "crowd.csv", {"crowd.csv", "30000"}},
        Case{"unknown_toml_key", kReconstruct + "good.csv -d unknown.toml", {"unknown.toml", "layerz", "layers"}},
        Case{"unknown_detector", kReconstruct + "good.csv -d bergen", {"bergen", "bergen-dtc"}},
        Case{"no_model", "difftrack reconstruct -o out good.csv -m none.safetensors", {"none.safetensors"}},
        Case{"no_safetensors", "difftrack reconstruct -o out good.csv -m wrong.safetensors", {"wrong.safetensors"}},
        Case{"model_shapes",
             "difftrack reconstruct -o out good.csv -m shape.safetensors",
             {"shape.safetensors", "R1.layers.1.weight", "145"}},
        Case{"option_out_of_range", kReconstruct + "good.csv --per-frame 0", {"--per-frame", "0"}},
        Case{"option_unknown", kReconstruct + "good.csv --per-frames 10", {"--per-frames"}},
        Case{"option_no_variable_holds",
             kReconstruct + "good.csv --mode free --unassigned-cost 1e400",
             {"--unassigned-cost", "1e400"}},
        Case{"columns_unknown_and_no_rows", kReconstruct + "words.csv", {"words.csv", "eventID"}},
        Case{"columns_unknown_and_no_rows_as_pixels",
             kReconstruct + "words.csv --hits pixels",
             {"words.csv", "eventID"}},
        Case{"output_is_the_input",
             "difftrack reconstruct -m model.safetensors -o good good.csv",
             {"good.csv", "input"}},
        Case{"json_is_the_input", "difftrack inspect good.csv --json good.csv", {"good.csv", "input"}},
        Case{"output_is_a_folder",
             "difftrack reconstruct -m model.safetensors -o folder good.csv",
             {"folder.npz", "folder"}},
        Case{"graph_is_a_folder", kReconstruct + "good.csv --write-graph", {"out.graph.npz", "folder"}},
        Case{"output_is_a_device", kTo + "/dev/full", {"/dev/full", "say - for"}},
        Case{"output_is_a_descriptor", kTo + "/dev/stdout", {"/dev/stdout", "say - for"}},
        Case{"graph_to_standard_output", kTo + "- --write-graph", {"--write-graph", "--output -"}},
        Case{"simulate_onto_a_device", "difftrack simulate --primaries 5 -o /dev/full", {"/dev/full", "device"}},
        Case{"json_onto_a_device", "difftrack inspect good.csv --json /dev/full", {"/dev/full", "device"}},
        Case{"simulate_into_a_folder", "difftrack simulate --primaries 5 -o folder.npz", {"folder.npz", "folder"}},
        Case{"model_cost_no_number",
             "difftrack reconstruct -o out good.csv -m cost.safetensors",
             {"cost.safetensors", "unassigned_cost", "abc"}},
        Case{"model_mode_unknown",
             "difftrack reconstruct -o out good.csv -m mode.safetensors",
             {"mode.safetensors", "mode", "loose"}},
        Case{"hits_unknown", kReconstruct + "good.csv --hits clusters", {"hits", "clusters", "merged, pixels"}},
        Case{"pixel_option_out_of_range",
             kReconstruct + "good.csv --hits pixels --pixel-collected 1.5",
             {"--pixel-collected", "1.5"}},
        Case{"pixel_option_without_pixels",
             kReconstruct + "good.csv --pixel-threshold 50",
             {"--pixel-threshold", "50", "--hits merged"}},
        Case{"pixels_of_a_bad_step", kReconstruct + "nan.csv --hits pixels", {"nan.csv", "posX", "nan"}},
        Case{"rotation_is_no_angle", kReconstruct + "good.csv --rotation 45mm", {"rotation", "45mm", "deg"}},
        Case{"inspect_hits_unknown", "difftrack inspect good.csv --hits all", {"hits", "all"}},
        Case{"name_too_long",
             "difftrack reconstruct -m model.safetensors good.csv -o " + std::string(300, 'n'),
             {"cannot be written"}},
        Case{"json_is_the_description",
             "difftrack inspect good.csv --detector description.toml --json description.toml",
             {"description.toml", "input"}},
        Case{"simulate_turns_no_phantom",
             "difftrack simulate --phantom none --rotation 45deg -o out.npz",
             {"--rotation", "45deg", "--phantom none"}},
        Case{"simulate_pitch_of_one_spot",
             "difftrack simulate --spot-pitch 5 -o out.npz",
             {"--spot-pitch", "one spot", "--spots-x"}},
        Case{"seed_of_no_arrivals", kReconstruct + "good.csv --arrival-seed 3", {"--arrival-seed", "--rate"}},
        Case{"rate_of_no_hot_pixels",
             kReconstruct + "good.csv --hits pixels --pixel-hot-rate 0.5",
             {"--pixel-hot-rate", "--pixel-hot-fraction"}},
        Case{"simulate_angle_without_unit",
             "difftrack simulate --rotation 45 -o out.npz",
             {"--rotation = '45'", "needs a unit, as 45deg"}},
        Case{"simulate_slope_without_unit",
             "difftrack simulate --divergence 2.5 -o out.npz",
             {"--divergence = '2.5'", "needs a unit, as 2.5mrad"}},
        Case{"simulate_emittance_without_unit",
             "difftrack simulate --emittance 20 -o out.npz",
             {"--emittance = '20'", "needs a unit, as 20mm-mrad"}},
        Case{"simulate_place_in_no_length",
             "difftrack simulate --phantom-z left -o out.npz",
             {"--phantom-z = 'left'", "is no number of mm"}},
        Case{"simulate_scattering_unknown",
             "difftrack simulate --scattering geant4 -o out.npz",
             {"--scattering = 'geant4'", "did you mean 'geant4_like'?", "geant4_like, wentzelvi_like, displaced"}},
        Case{"angle_in_no_angle",
             kReconstruct + "good.csv --method follower --completion-angle 3mm",
             {"--completion-angle = '3mm'", "rad, mrad, deg"}},
        Case{"likelihood_of_another_detector",
             kJoint + "gate-3mm-al",
             {"gate-3mm-al.safetensors", "detector = 'gate-3mm-al'", "bergen-dtc", "fit-likelihood"}},
        Case{
            "likelihood_without_a_table", kJoint + "no_kinks.safetensors", {"no_kinks.safetensors: kinks: is missing"}},
        Case{"likelihood_without_a_key",
             kJoint + "no_layers.safetensors",
             {"no_layers.safetensors", "n_layers", "whole number"}},
        Case{"likelihood_of_a_later_schema", kJoint + "newer.safetensors", {"newer.safetensors", "schema = '7'"}},
        Case{"likelihood_is_a_model", kJoint + "model.safetensors", {"model.safetensors", "format", "fit-likelihood"}},
        Case{"likelihood_is_none", kJoint + "none.safetensors", {"none.safetensors"}},
        Case{"likelihood_is_text", kJoint + "words.csv", {"words.csv"}},
        Case{"gate_without_likelihood",
             "difftrack reconstruct -m gated.safetensors --method network -d own.toml -o out good.csv",
             {"kink_gate = '-4'", "likelihood of detector 'own'", "none ships"}},
        Case{"method_unknown", kReconstruct + "good.csv --method follow", {"--method", "did you mean 'follower'?"}},
        Case{"form_unknown", kReconstruct + "good.csv --layer-from plain", {"--layer-from", "did you mean 'plane'?"}},
        Case{"unit_unknown", kReconstruct + "good.csv --length-unit inch", {"--length-unit", "nm, um, mm, cm, m"}},
        Case{"axis_unknown", kReconstruct + "good.csv --beam-axis z", {"--beam-axis", "did you mean '+z'?"}},
        Case{"whole_number_with_a_part", kReconstruct + "good.csv --per-frame 2.5", {"--per-frame = '2.5'", "whole"}},
        Case{"simulate_onto_its_table",
             "difftrack simulate --phantom volume:none.mhd --hu-table words.csv -o words.csv",
             {"words.csv", "input"}},
        Case{"compare_without_truth",
             "difftrack evaluate good.csv --no-truth --compare other.npz",
             {"--compare", "other.npz", "--no-truth"}},
        Case{"mode_unknown",
             kReconstruct + "good.csv --mode loose",
             {"--mode = 'loose'", "did you mean", "forced, free"}},
        Case{"no_such_folder", "difftrack reconstruct -m model.safetensors -o no/such/out good.csv", {"no/such/out"}},
        Case{"command_unknown", "difftrack reconstrukt good.csv", {"reconstrukt", "did you mean 'reconstruct'"}},
        Case{"evaluate_no_tracks_file", "difftrack evaluate good.csv", {"good.csv"}},
        Case{"show_no_tracks_file", "difftrack show good.csv -o out.html", {"good.csv"}},
        Case{"show_onto_its_input", "difftrack show good.csv -o good.csv", {"good.csv", "input"}},
        Case{"report_no_tracks_file", "difftrack report good.csv -o out.html", {"good.csv"}},
        Case{"report_onto_its_input", "difftrack report good.csv -o ./good.csv", {"good.csv", "input"}},
        Case{"inspect_truncated", "difftrack inspect truncated.npz", {"truncated.npz"}},
        Case{"simulate_unknown_material",
             "difftrack simulate --phantom slabs:unobtainium:10 -o out.npz",
             {"unobtainium"}},
        Case{"simulate_energy", "difftrack simulate --energy 400 -o out.npz", {"energy", "400", "330"}},
        Case{
            "simulate_energy_no_variable_holds", "difftrack simulate --energy 1e400 -o out.npz", {"--energy", "1e400"}},
        Case{"simulate_table_without_volume",
             "difftrack simulate --phantom water:100 --hu-table none.csv -o out.npz",
             {"hu_table", "none.csv", "water:100"}},
        Case{"simulate_negative", "difftrack simulate --phantom water:-5 -o out.npz", {"-5"}},
        Case{"simulate_overlap", "difftrack simulate --phantom water:900 -o out.npz", {"900"}}),
    [](const auto& parameter) { return parameter.param.name; });

#ifdef DIFFTRACK_HAS_TRAINING
TEST(Program, TrainingRefusesFlagsWithoutEffect) {
  const std::string train =
      "cd " + paths::source() + " && difftrack train experiments/line_graph/ptt.toml -o /nowhere ";
  for (const std::string flag : {"--lambda 50", "--estimator identity", "--margin 0.3", "--unassigned-cost 0.2"}) {
    const CommandResult result = run_command(train + flag);
    EXPECT_EQ(result.exit_code, 2) << result.output;
    EXPECT_NE(result.output.find(flag.substr(0, flag.find(' '))), std::string::npos) << result.output;
    EXPECT_NE(result.output.find("is of no use to --"), std::string::npos) << result.output;
  }
  const CommandResult check =
      run_command("difftrack check-gradient none.npz -m none.safetensors --unassigned-cost 0.2");
  EXPECT_EQ(check.exit_code, 2);
  EXPECT_NE(check.output.find("is of no use to --mode forced"), std::string::npos) << check.output;
}

TEST(Program, TrainingSetsAnyOptionAndRefusesUnknownOnes) {
  const std::string train =
      "cd " + paths::source() + " && difftrack train experiments/line_graph/ptt.toml -o /nowhere --set ";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"schedule.step=3", "--set: step: unknown key; did you mean 'steps'?"},
      {"shedule.steps=3", "--set: shedule: unknown key; did you mean 'schedule'?"},
      {"steps=3", "must read TABLE.KEY=VALUE"},
      {"model.hidden=0", "--set: hidden = '0': must lie in [1, 4096]"},
      {"loss.loss=mse", "loss = 'mse': is no choice; did you mean 'bce'? Choices: bce, hamming, own"}};
  for (const auto& [option, sentence] : cases) {
    const CommandResult result = run_command(train + option);
    EXPECT_EQ(result.exit_code, 2) << result.output;
    EXPECT_NE(result.output.find(sentence), std::string::npos) << result.output;
  }
}

TEST(Program, TrainingRefusesRootFiles) {
  const std::string file = (fs::path(testing::TempDir()) / "difftrack_training_refuses.root").string();
  std::ofstream(file, std::ios::binary) << std::string("root\0\0\xf3\xc0", 8);
  for (const std::string& command :
       {"difftrack check-gradient " + file + " -m none.safetensors",
        "cd " + paths::source() + " && difftrack train experiments/line_graph/ptt.toml -o /nowhere --training " +
            file}) {
    const CommandResult result = run_command(command);
    EXPECT_EQ(result.exit_code, 2) << result.output;
    EXPECT_NE(result.output.find(file + ": is a ROOT file; 'difftrack convert' makes"), std::string::npos)
        << result.output;
  }
  fs::remove(file);
}
#endif

TEST(Program, HelpHasExamplesAndVersionIsShown) {
  EXPECT_EQ(run_command("difftrack --version").exit_code, 0);
  for (const std::string command :
       {"simulate", "convert", "inspect", "reconstruct", "evaluate", "calibrate", "scan", "image", "export", "score",
        "check-image", "show", "report", "aerosol simulate", "aerosol emulate", "aerosol roll-out"}) {
    const CommandResult help = run_command("difftrack " + command + " --help");
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_NE(help.output.find("Example"), std::string::npos) << command;
  }
  EXPECT_EQ(run_command("difftrack").exit_code, 2);
}

}  // namespace
}  // namespace difftrack::apps
