// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "difftrack/event/io/column_view.hpp"

namespace difftrack::event {

/// Header of a plain array; an empty shape means one dimension. Throws InputError when values do not fill the shape.
std::string plain_npy_header(const ColumnView& array, const std::vector<std::int64_t>& shape, const std::string& file);

/// Writes a plain array (the view's name is not used), row-major.
void write_npy(const std::string& path, const ColumnView& array, const std::vector<std::int64_t>& shape = {});

/// Writes a structured array: one row of all columns after the other.
void write_npy_table(const std::string& path, std::span<const ColumnView> columns);

/// Writes text: a line of names, then one line per row; numbers in the shortest form that reads back to the same bits.
void write_csv(const std::string& path, std::span<const ColumnView> columns);

}  // namespace difftrack::event
