// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace difftrack::plot {

/// Text as HTML and SVG write it, inside elements and inside attributes: & < > " and ' become entities.
std::string escape(std::string_view text);

/// Bytes in base64 (RFC 4648, with padding).
std::string base64(std::string_view bytes);

}  // namespace difftrack::plot
