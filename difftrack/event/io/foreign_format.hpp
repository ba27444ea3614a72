// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace difftrack::event {

constexpr std::size_t kFormatBytes = 10;  ///< so many bytes of a file tell its format

/// Throws InputError(file) when the first bytes of a file are those of a format that is known but not read, with what
/// to do about it: other compressions, HDF5, Parquet, ROOT, Excel, pickles, text in UTF-16.
void refuse_foreign_format(std::string_view first_bytes, const std::string& file);

}  // namespace difftrack::event
