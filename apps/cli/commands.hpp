// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <functional>

namespace difftrack::cli {

/// Programs of their own, most because they load LibTorch: difftrack-NAME, found beside this one, as git finds its
/// subcommands.
inline constexpr std::array kPrograms = {"train", "check-gradient", "train-emulator", "train-agent", "physics", "study",
                                         "tune"};

/// Each adds one subcommand; when the user chose it, `run` does its work. One file per command: NAME_command.cpp.
void add_simulate_command(CLI::App& app, std::function<void()>& run);
void add_convert_command(CLI::App& app, std::function<void()>& run);
void add_inspect_command(CLI::App& app, std::function<void()>& run);
void add_reconstruct_command(CLI::App& app, std::function<void()>& run);
void add_fit_likelihood_command(CLI::App& app, std::function<void()>& run);
void add_evaluate_command(CLI::App& app, std::function<void()>& run);
void add_calibrate_command(CLI::App& app, std::function<void()>& run);
void add_scan_command(CLI::App& app, std::function<void()>& run);
void add_image_command(CLI::App& app, std::function<void()>& run);
void add_export_command(CLI::App& app, std::function<void()>& run);
void add_score_command(CLI::App& app, std::function<void()>& run);
void add_check_image_command(CLI::App& app, std::function<void()>& run);
void add_aerosol_command(CLI::App& app, std::function<void()>& run);
void add_show_command(CLI::App& app, std::function<void()>& run);
void add_report_command(CLI::App& app, std::function<void()>& run);
/// `exit_code` is that of what it finds.
void add_doctor_command(CLI::App& app, std::function<void()>& run, int& exit_code);

}  // namespace difftrack::cli
