// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace difftrack::image {

/// Bytes of a PNG in 8 bits of grey: `width` x `height` values, the first row on top, `low` black and `high` white,
/// each value `times` x `times` pixels. Throws InputError where `values` are not width x height.
std::string grey_png(std::span<const float> values, std::int64_t width, std::int64_t height, double low, double high,
                     std::int64_t times);

/// Base64 of bytes, as a data: address in a page wants them.
std::string base64(const std::string& bytes);

}  // namespace difftrack::image
