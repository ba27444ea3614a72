// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <time.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/cli/options.hpp"
#include "apps/cli/progress_bar.hpp"
#include "apps/cli/run_program.hpp"
#include "apps/physics/calibrate.hpp"
#include "apps/physics/cells.hpp"
#include "apps/physics/geant4.hpp"
#include "apps/physics/page.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/steps/steps_from_table.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/simulate/physics_reference.hpp"

namespace {

using namespace difftrack;

struct Options {
  std::string output = "build";
  std::string reference, why;
  std::int64_t primaries = 20000, seed = 1;
  int threads = 0;
  bool calibrate = false;
  bool geant4 = false, outside = false;
  std::string steps;  ///< a file of steps to compare instead of our own
  int water = 100;    ///< [mm] in front of them
  simulate::SimulationConfig config;
};

constexpr std::size_t kByChance = 12;  // one in so many quantities may lie outside two standard deviations

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Best of several runs on one core, by its own clock, so that other work on the machine does not count.
double primaries_per_second(std::int64_t seed) {
  simulate::SimulationConfig config;
  config.phantom = "water:100";
  config.primaries = 5000;
  config.seed = seed;
  config.threads = 1;
  const simulate::Simulation simulation(config);
  double best = 0.0;
  for (int i = 0; i < 5; ++i) {
    const double start = thread_seconds();
    simulation.run([](const event::Steps&) {});
    best = std::max(best, static_cast<double>(config.primaries) / (thread_seconds() - start));
  }
  return best;
}

int monitor(const Options& options) {
  std::error_code error;
  std::filesystem::create_directories(options.output, error);
  if (error) throw core::InputError({options.output, "", ""}, "cannot be made: " + error.message());
  physics::Results results;
  const auto progress = cli::progress_bar("parts");
  results.water = simulate::water_points(options.primaries / 4, options.seed);
  progress({1, 5, "water"});
  simulate::Simulation gate([&] {
    auto config = simulate::gate_stack_config(options.primaries, options.seed);
    config.threads = options.threads;
    return config;
  }());
  results.gate_steps = gate.run();
  results.gate = simulate::sample_statistics(results.gate_steps, options.primaries);
  progress({2, 5, "aluminium stack"});
  simulate::SimulationConfig config;
  config.primaries = options.primaries;
  config.seed = options.seed;
  config.threads = options.threads;
  results.cells = physics::measure_cells(config);
  progress({3, 5, "frames"});
  results.per_second = primaries_per_second(options.seed);
  progress({4, 5, "speed"});
  results.geant4 = physics::compare_geant4(config);
  progress({5, 5, "Geant4"});

  const auto add = [&](const std::vector<simulate::Check>& checks) {
    results.checks.insert(results.checks.end(), checks.begin(), checks.end());
  };
  add(simulate::check_water(results.water));
  add(simulate::check_gate_stack(results.gate));
  add(physics::check_cells(results.cells));
  add({{"primaries per second and core, 100 mm water and the whole DTC", results.per_second, 20000.0, 1e9, "target"}});

  const std::size_t strict = results.checks.size();
  add(physics::check_geant4(results.geant4));

  const auto write = [&](const char* name, const std::string& text) {
    core::AtomicFile file((std::filesystem::path(options.output) / name).string());
    file.write(text);
    file.commit();
  };
  write("physics.json", physics::json_list(results.checks));
  write("physics.html", physics::html_page(results));
  write("physics.svg", physics::picture(results));
  // Of the quantities compared with Geant4 some lie beyond two standard deviations by chance.
  std::size_t failed = 0, apart = 0;
  for (std::size_t i = 0; i < results.checks.size(); ++i) {
    const auto& check = results.checks[i];
    if (!check.pass())
      fmt::print("not met: {} = {:.5g}, limits {:.5g} to {:.5g}\n", check.name, check.value, check.low, check.high);
    (i < strict ? failed : apart) += !check.pass();
  }
  fmt::print("{} of {} numbers within their limits; {}/physics.html shows them\n",
             results.checks.size() - failed - apart, results.checks.size(), options.output);
  return failed == 0 && kByChance * apart <= results.checks.size() - strict ? cli::kExitSuccess : cli::kExitFailure;
}

/// Prints ours against Geant4, or a file of steps against it.
int print_comparison(Options options) {
  std::vector<simulate::Comparison> comparisons;
  if (options.steps.empty()) {
    options.config.primaries = options.primaries;
    options.config.seed = options.seed;
    options.config.threads = options.threads;
    comparisons = physics::compare_geant4(options.config);
  } else {
    const auto steps =
        detector::steps_from_table(event::read_table(options.steps), detector::read_detector("bergen-dtc"));
    comparisons = simulate::compare_with_geant4(steps, options.primaries, options.water);
  }
  fmt::print("{}", physics::comparison_table(comparisons, options.outside));
  return cli::kExitSuccess;
}

int update_reference(const Options& options) {
  if (options.why.empty())
    throw core::InputError({"", "--why", ""}, "is needed: every change of the reference says why");
  nlohmann::ordered_json reference;
  reference["why"] = options.why;
  reference["primaries"] = simulate::kReferencePrimaries;
  for (const auto& [name, value] : simulate::reference_numbers()) reference["numbers"][name] = value;
  core::AtomicFile file(options.reference);
  file.write(reference.dump(1) + "\n");
  file.commit();
  fmt::print("{} written\n", options.reference);
  return cli::kExitSuccess;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"the simulation's acceptance list as a page, and the calibration of its beam spot", "difftrack physics"};
  Options options;
  app.add_option("--output", options.output, "Folder for physics.json, physics.html and physics.svg.")
      ->capture_default_str();
  app.add_option("--primaries", options.primaries, "Protons per sample.")
      ->check(CLI::Range(1000, 10000000))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Seed of all samples.")->capture_default_str();
  app.add_option("--threads", options.threads, "Number of threads, without effect on the result; 0: all cores.")
      ->capture_default_str();
  CLI::Option* geant4 =
      app.add_flag("--geant4", options.geant4, "Every quantity of the comparison with Geant4, and nothing else.");
  app.add_flag("--outside", options.outside, "With --geant4: those outside their limits alone.")->needs(geant4);
  CLI::Option* steps = app.add_option("--steps", options.steps,
                                      "With --geant4: file of steps of the Bergen DTC instead of our simulation.")
                           ->needs(geant4);
  app.add_option("--water", options.water, "With --steps: millimetres of water in front of it.")
      ->capture_default_str()
      ->check(CLI::IsMember({100, 150, 200}))
      ->needs(steps);
  cli::add_choice_option(app, "--scattering", options.config.scattering, "With --geant4: model of multiple scattering.")
      ->needs(geant4)
      ->excludes(steps);
  app.add_flag("--calibrate", options.calibrate,
               "Search of the beam spot that reproduces the published hits and segments per frame.");
  app.add_option("--update-reference", options.reference, "File for the stored reference of the tests.");
  app.add_option("--why", options.why, "Reason, kept in the reference.");
  app.footer("Exit code 1 when a number misses its limits.");
  return cli::run_program(app, argc, argv, [&] {
    if (options.reference.empty() && !options.why.empty())
      throw core::InputError({"", "--why", options.why}, "is of use to --update-reference alone");
    if (options.calibrate && !options.reference.empty())
      throw core::InputError({"", "--calibrate", ""}, "cannot go with --update-reference");
    if (options.geant4) return print_comparison(options);
    if (options.calibrate) return physics::calibrate_beam(options.primaries, options.seed, options.threads);
    return options.reference.empty() ? monitor(options) : update_reference(options);
  });
}
