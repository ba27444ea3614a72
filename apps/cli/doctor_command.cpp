// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "apps/cli/commands.hpp"
#include "apps/cli/root_files.hpp"
#include "apps/cli/run_program.hpp"
#include "apps/cli/terminal.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/parallel.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/core/version.hpp"
#include "difftrack/network/kernels/simd_target.hpp"
#include "difftrack/simulate/physics_version.hpp"

namespace difftrack::cli {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

struct Kind {
  const char* name;
  const char* ending;
};
constexpr std::array kKinds = {Kind{"detectors", ".toml"}, Kind{"models", ".safetensors"},
                               Kind{"likelihoods", ".safetensors"}, Kind{"emulators", ".safetensors"}};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string program_path() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).string();
}

std::string compiler() {
#ifdef __clang__
  return fmt::format("Clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("GCC {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

/// Everything that is known, before it is told.
struct Findings {
  ordered_json facts;
  std::vector<std::string> problems;  ///< each one sentence with its remedy
};

ordered_json libraries() {
  return {{"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
          {"CLI11", CLI11_VERSION},
          {"nlohmann-json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                                        NLOHMANN_JSON_VERSION_PATCH)},
          {"zlib", zlibVersion()}};
}

/// Folders with the names that are found there; what is found first is what a name means.
ordered_json shipped(const Kind& kind, std::vector<std::string>& problems) {
  std::map<std::string, std::vector<std::string>> folders;
  for (const std::string& name : core::shipped_names(kind.name, kind.ending))
    folders[fs::path(core::find_shipped(kind.name, name, kind.ending)).parent_path().lexically_normal().string()]
        .push_back(name);
  if (folders.empty())
    problems.push_back(fmt::format("no {} are found; let DIFFTRACK_DATA name the folder that holds them", kind.name));
  ordered_json out = ordered_json::object();
  for (const auto& [folder, names] : folders) out[folder] = names;
  return out;
}

ordered_json programs() {
  ordered_json out = ordered_json::object();
  for (const char* name : kPrograms) {
    const fs::path beside = fs::path(program_path()).parent_path() / (std::string("difftrack-") + name);
    std::error_code ignored;
    out[name] = fs::exists(beside, ignored) ? ordered_json(beside.string()) : ordered_json(nullptr);
  }
  return out;
}

Findings examine() {
  Findings found;
  const std::string data = variable("DIFFTRACK_DATA"), threads = variable("OMP_NUM_THREADS");
  std::error_code ignored;
  if (!data.empty() && !fs::is_directory(data, ignored))
    found.problems.push_back(fmt::format("DIFFTRACK_DATA = '{}': is no folder; name one or unset it", data));
  const PythonWithUproot python = python_with_uproot();
  found.facts = {{"version", core::version()},
                 {"physics", simulate::kPhysicsVersion},
                 {"program", program_path()},
                 {"compiler", compiler()},
                 {"build", DIFFTRACK_BUILD_TYPE},
                 {"simd", network::kernels::simd_target()},
                 {"threads", core::default_threads()},
                 {"cores", std::thread::hardware_concurrency()},
                 {"OMP_NUM_THREADS", threads.empty() ? ordered_json(nullptr) : ordered_json(threads)},
                 {"DIFFTRACK_DATA", data.empty() ? ordered_json(nullptr) : ordered_json(data)},
                 {"libraries", libraries()},
                 {"programs", programs()},
                 {"python", python.path.empty() ? ordered_json(nullptr) : ordered_json(python.path)},
                 {"uproot", python.version.empty() ? ordered_json(nullptr) : ordered_json(python.version)},
                 {"colour", has_colour(stdout)}};
  for (const Kind& kind : kKinds) found.facts[kind.name] = shipped(kind, found.problems);
  found.facts["problems"] = found.problems;
  return found;
}

void print_line(const std::string& name, const std::string& text) { fmt::print("{:<14}  {}\n", name, text); }

void print(const Findings& found) {
  const ordered_json& f = found.facts;
  const auto text = [&f](const char* key) { return f[key].get<std::string>(); };
  print_line("difftrack", fmt::format("{}, physics {}", text("version"), f["physics"].get<int>()));
  print_line("program", text("program"));
  print_line("built by", fmt::format("{}, {}", text("compiler"), text("build")));
  std::string used;
  for (const auto& [name, version] : f["libraries"].items())
    used += fmt::format("{}{} {}", used.empty() ? "" : ", ", name, version.get<std::string>());
  print_line("libraries", used);
  print_line("SIMD", text("simd"));
  print_line("threads", fmt::format("{} on {} cores{}", f["threads"].get<int>(), f["cores"].get<int>(),
                                    f["OMP_NUM_THREADS"].is_null() ? "" : ", by OMP_NUM_THREADS"));
  for (const Kind& kind : kKinds)
    for (const auto& [folder, names] : f[kind.name].items())
      print_line(kind.name, fmt::format("{} in {}", fmt::join(names.get<std::vector<std::string>>(), ", "), folder));
  if (!f["DIFFTRACK_DATA"].is_null()) print_line("", "DIFFTRACK_DATA = " + text("DIFFTRACK_DATA"));
  for (const auto& [name, path] : f["programs"].items())
    print_line(name, path.is_null() ? "not installed beside difftrack" : path.get<std::string>());
  print_line("ROOT files", f["uproot"].is_null()
                               ? "cannot be read: no Python with uproot; 'convert' of one tells what to install"
                               : fmt::format("uproot {} of {}", text("uproot"), text("python")));
  print_line("colour", f["colour"].get<bool>() ? "on" : "off: no terminal, TERM=dumb or NO_COLOR");
  fmt::print("\n");
  for (const std::string& problem : found.problems)
    fmt::print("{} {}\n", painted("problem:", Ink::Red, stdout), problem);
  if (found.problems.empty()) fmt::print("{}\n", painted("nothing is missing", Ink::Green, stdout));
}

}  // namespace

void add_doctor_command(CLI::App& app, std::function<void()>& run, int& exit_code) {
  auto* command =
      app.add_subcommand("doctor", "versions, SIMD target, threads, and where models and detectors come from");
  const auto json = std::make_shared<std::string>();
  command->add_option("--json", *json, "File for every finding, as JSON.");
  command->footer("Exit code 1 where something is missing that every command needs.");
  command->callback([json, &run, &exit_code] {
    run = [json, &exit_code] {
      const Findings found = examine();
      if (!json->empty()) {
        core::AtomicFile file(*json);
        file.write(found.facts.dump(1) + "\n");
        file.commit();
      }
      print(found);
      exit_code = found.problems.empty() ? kExitSuccess : kExitFailure;
    };
  });
}

}  // namespace difftrack::cli
