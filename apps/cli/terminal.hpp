// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace difftrack::cli {

/// What a text is marked with on a terminal.
enum class Ink { Red, Yellow, Green };

/// Whether text to this stream is coloured: it is a terminal that can (TERM is not "dumb"), and NO_COLOR is not set or
/// is empty (https://no-color.org).
bool has_colour(std::FILE* stream);

/// The text in a colour, or as it is where the stream has none.
std::string painted(std::string_view text, Ink ink, std::FILE* stream);

}  // namespace difftrack::cli
