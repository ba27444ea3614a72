// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "difftrack/study/curves.hpp"
#include "difftrack/study/hessian.hpp"
#include "difftrack/study/landscape.hpp"
#include "difftrack/study/similarity.hpp"
#include "difftrack/study/stability.hpp"

/// Throw InputError (flag, value) for a flag that was given and that the settings in effect leave without effect. Keys
/// of a settings file may stand there for other runs.
namespace difftrack::study_app {

void refuse_unused(const CLI::App& app, const study::HessianConfig& config);
void refuse_unused(const CLI::App& app, const study::LandscapeConfig& config);
void refuse_unused(const CLI::App& app, const study::ConnectConfig& config);
void refuse_unused(const CLI::App& app, const study::SimilarityConfig& config);
void refuse_unused(const CLI::App& app, const study::StabilityConfig& config);  ///< every flag has an effect

}  // namespace difftrack::study_app
