// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/study/request.hpp"
#include "difftrack/event/io/npz_writer.hpp"
#include "difftrack/study/losses.hpp"
#include "difftrack/study/stability.hpp"

namespace difftrack::study_app {

using Json = nlohmann::ordered_json;

/// What every report begins with: command, settings, models and frames by name.
Json begin_report(const Run& run, const std::vector<study::Model>& models, const study::FrameSet& frames);

/// Numbers of a point.
Json to_json(const study::PointLosses& losses);

/// Writes report.json, commits the arrays, draws the picture and says where they are. Of ranks, the first alone.
void finish_report(const Run& run, const Json& report, event::NpzWriter& arrays);

/// Adds vectors of equal length as a matrix, one row each.
void add_rows(event::NpzWriter& arrays, const std::string& key, const std::vector<study::Vector>& rows);

}  // namespace difftrack::study_app
