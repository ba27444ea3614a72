// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace difftrack::train_agent_app {

void add_learn_command(CLI::App& app, std::function<void()>& run);
void add_track_command(CLI::App& app, std::function<void()>& run);

}  // namespace difftrack::train_agent_app
