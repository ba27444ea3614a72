// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "difftrack/event/reference_image.hpp"
#include "difftrack/image/score.hpp"

namespace difftrack::image {

/// The score as lines of text; `beside` where there is another image.
std::string score_table(const ImageScore& score, const std::optional<Comparison>& beside);

/// The same as JSON, numbers in full.
std::string score_json(const ImageScore& score, const std::optional<Comparison>& beside);

/// A page of its own (HTML) with the table, the middle slice, what it should be, their difference, and profiles through
/// the middle and through the first target.
std::string score_page(const std::string& title, const Volume& image, const event::ReferenceImage& reference,
                       const ImageScore& score, const std::optional<Comparison>& beside);

}  // namespace difftrack::image
