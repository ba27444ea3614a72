// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "apps/tune/objective.hpp"
#include "apps/tune/tune_file.hpp"
#include "difftrack/plot/page.hpp"
#include "difftrack/tune/proposer.hpp"

namespace difftrack::tune_app {

/// What a run has found: the best setting, how it was approached, what each parameter matters, the process along each
/// parameter through the best setting, and every trial that failed. `outcomes` are those of the proposer's trials.
plot::Page tune_page(const TuneFile& file, const tune::Proposer& proposer, const std::vector<Outcome>& outcomes);

}  // namespace difftrack::tune_app
