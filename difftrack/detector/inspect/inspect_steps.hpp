// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "difftrack/detector/inspect/inspect.hpp"
#include "difftrack/event/io/bytes.hpp"

namespace difftrack::detector {

/// What the steps of a file become: events, hits, and frames of each of the sizes. `notes` gets what was assumed or
/// done on the way. Throws InputError as StepReader does.
StepsSummary inspect_steps(const std::shared_ptr<const event::Bytes>& file, const Detector& detector,
                           const std::vector<std::int32_t>& per_frame, const HitConfig& hits, const InputConfig& input,
                           std::vector<std::string>& notes);

}  // namespace difftrack::detector
