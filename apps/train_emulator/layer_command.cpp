// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <ctime>
#include <memory>

#include "apps/cli/interruptible.hpp"
#include "apps/cli/progress_bar.hpp"
#include "apps/train_emulator/commands.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/learn/emulator/layer_emulator.hpp"
#include "difftrack/simulate/cross_layer.hpp"

namespace difftrack::train_emulator_app {

namespace {

struct Options {
  learn::LayerTraining training;
  std::string detector = "bergen-dtc";
  std::int32_t layer = 10;
  std::int64_t protons = 100000;
  double energy = 230.0;
  bool quiet = false;
};

constexpr double kLowest = 5.0;  // [MeV]
constexpr std::uint64_t kTrainSeed = 1, kTestSeed = 2, kDepthSeed = 3;

std::vector<double> energies(std::int64_t n, double highest, std::uint64_t seed) {
  core::RandomStream random(seed, 1ULL << 40);
  std::vector<double> all(static_cast<std::size_t>(n));
  for (double& energy : all) energy = kLowest + (highest - kLowest) * random.uniform();
  return all;
}

/// Layers that protons of an energy cross one after the other: mean and deviation.
template <class Cross>
std::array<double, 2> depth(double energy, std::int64_t protons, const Cross& cross) {
  std::vector<double> alive(static_cast<std::size_t>(protons), energy);
  double sum = 0.0, squares = 0.0;
  for (std::uint64_t crossed = 0; !alive.empty() && crossed < 1000; ++crossed) {
    const detector::LayerCrossings some = cross(alive, kDepthSeed + crossed);
    alive.clear();
    for (const double out : some.energy_out)
      if (out > 0.0) alive.push_back(out);
    const auto stopped = static_cast<double>(some.size() - alive.size()), layers = static_cast<double>(crossed);
    sum += stopped * layers;
    squares += stopped * layers * layers;
  }
  const double n = static_cast<double>(protons), mean = sum / n;
  return {mean, std::sqrt(std::max(0.0, squares / n - mean * mean))};
}

/// Crossings, and the processor time of each.
template <class Cross>
detector::LayerCrossings timed(const std::vector<double>& in, const Cross& cross, double& microseconds) {
  const std::clock_t begin = std::clock();
  detector::LayerCrossings result = cross(in, kTestSeed);
  microseconds = 1e6 / CLOCKS_PER_SEC * static_cast<double>(std::clock() - begin) / static_cast<double>(in.size());
  return result;
}

void train_layer(const Options& options) {
  const simulate::CrossLayer simulated(detector::read_detector(options.detector), options.layer);
  learn::EmulatorRun run;
  run.stop = [] { return cli::interrupted != 0; };
  if (!options.quiet) run.progress = cli::progress_bar("steps");
  const auto emulated = learn::train_layer(simulated(energies(options.protons, options.energy, kTrainSeed), kTrainSeed),
                                           options.training, run);
  cli::stop_if_interrupted();
  const std::vector<double> in = energies(options.protons, options.energy, kTestSeed);
  double slow = 0.0, fast = 0.0;
  const auto truth = timed(in, simulated, slow), found = timed(in, emulated, fast);
  double largest = 0.0;
  for (std::size_t i = 0; i < found.size(); ++i)
    largest = std::max(largest, std::abs(found.energy_out[i] + found.deposit[i] - in[i]) / in[i]);
  constexpr std::size_t kIntervals = 15;
  const auto moments = [&](const auto& crossings) {
    return learn::layer_moments(crossings, kLowest, options.energy, kIntervals);
  };
  fmt::print("layer {} of {}, {} protons of other seeds: simulated, emulated\n{}", options.layer, options.detector,
             options.protons, learn::layer_table(moments(truth), moments(found)));
  const auto deep = depth(options.energy, options.protons / 10, simulated);
  const auto as_deep = depth(options.energy, options.protons / 10, emulated);
  fmt::print("layers crossed at {:g} MeV: {:.3f} +- {:.3f} simulated, {:.3f} +- {:.3f} emulated\n", options.energy,
             deep[0], deep[1], as_deep[0], as_deep[1]);
  fmt::print("energy out + deposit - energy in: at most {:.1e} of energy in\n", largest);
  fmt::print("microseconds of one core per crossing: {:.3f} simulated, {:.3f} emulated\n", slow, fast);
}

}  // namespace

void add_layer_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("layer", "a calorimeter layer of the proton transport, and how good that is");
  auto options = std::make_shared<Options>();
  command->add_option("--detector", options->detector, "Shipped detector or TOML file.")->capture_default_str();
  command->add_option("--layer", options->layer, "Layer that protons cross.")->capture_default_str();
  command->add_option("--protons", options->protons, "Number of protons to learn from, and to judge by.")
      ->capture_default_str()
      ->check(CLI::Range(1000, 100000000));
  command->add_option("--energy", options->energy, "Highest energy; the lowest is 5 MeV. [MeV]")
      ->capture_default_str()
      ->check(CLI::Range(20.0, 330.0));
  command->add_flag("-q,--quiet", options->quiet, "No progress bar.");
  cli::add_field_options(*command, options->training, "Training");
  command->footer(
      "Example:\n"
      "  difftrack train-emulator layer --detector bergen-dtc --layer 10\n"
      "Energy in is energy out and deposit, by the head that keeps the masses of 'transfer'. Without nuclear "
      "reactions.\n"
      "Printed are moments by energy, the depth that protons reach through equal layers, and times.");
  command->callback([options, &run] { run = [options] { train_layer(*options); }; });
}

}  // namespace difftrack::train_emulator_app
