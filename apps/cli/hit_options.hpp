// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "apps/cli/options.hpp"
#include "difftrack/detector/frames/steps_to_hits.hpp"

namespace difftrack::cli {

inline constexpr const char* kPixelPrefix = "pixel_";  ///< --pixel-threshold, --pixel-noise, …

/// --hits and, for hits of pixels, one --pixel-… flag per option of the pixel response.
inline void add_hit_options(CLI::App& app, detector::HitConfig& hits) {
  add_field_options(app, hits, "Hits");
  add_field_options(app, hits.pixels, "Pixel response (--hits pixels)", {"events_per_frame", "frame_time", "threads"},
                    prefix_of_all(kPixelPrefix));
}

/// Throws InputError for an option out of range, and for a --pixel-… flag that has no effect.
inline void check_hit_options(const CLI::App& app, const detector::HitConfig& hits) {
  detector::check_hits(hits, "");
  if (!hits.from_pixels())
    refuse_field_options<detector::Digitise::Config>(
        app, "is of no use to --hits " + std::string(core::name_of(hits.hits)), {}, prefix_of_all(kPixelPrefix));
  if (hits.pixels.hot_fraction <= 0.0)
    refuse_option(app, "--pixel-hot-rate", "is of no use without --pixel-hot-fraction");
}

}  // namespace difftrack::cli
