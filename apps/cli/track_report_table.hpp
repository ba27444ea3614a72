// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "difftrack/reconstruct/track_report.hpp"

namespace difftrack::cli {

/// The method of a tracks file as tables name it: "bergen-dtc (free)", "bergen-dtc + physics", "follower".
std::string method_label(const event::TracksMeta& meta);

/// What the track filter dropped, over the whole tracks file; null where the file does not tell.
nlohmann::ordered_json cuts_json(const event::TracksMeta& meta);

/// Prints what tracks without truth tell: a line per input file, then a line per layer.
void print_track_reports(const std::vector<reconstruct::TrackReport>& reports);

/// The same figures and all of them; numbers that do not exist are null.
nlohmann::ordered_json track_report_json(const reconstruct::TrackReport& report);

}  // namespace difftrack::cli
