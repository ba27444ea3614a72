// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "difftrack/event/io/text_lines.hpp"

namespace difftrack::event {

/// A column of a text table as its head describes it.
struct TextColumn {
  std::string name;  ///< empty: the column is left out
  std::string unit;  ///< from brackets behind the name; empty when there are none
};

/// What the first lines of a text table say.
struct TextHead {
  /// A line of the file, numbered from 1.
  struct Row {
    std::int64_t line = 0;
    std::string text;
  };
  char separator = ',';             ///< between the fields of a row; kBlanks for runs of blanks and tabs
  std::vector<TextColumn> columns;  ///< one per field of a row
  std::deque<Row> rows;             ///< rows that were read to find out
  std::vector<std::string> warnings;
};

/// Reads the head of a text table. The names stand in the first line that is no comment; or, where that is a row
/// already, in the last comment before it if it has as many fields (numpy.savetxt writes it so); or in `given` (where a
/// name of
/// '-' or '' leaves its column out). Throws InputError when there are no names, with what to type; when names are given
/// to a file that has its own; and when their number is not that of the fields.
TextHead read_text_head(TextLines& lines, const std::vector<std::string>& given);

}  // namespace difftrack::event
