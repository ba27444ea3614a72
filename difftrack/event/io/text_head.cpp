// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/text_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/text_fields.hpp"

namespace difftrack::event {

using core::InputError;

namespace {

constexpr std::size_t kMaxColumns = 10000;
constexpr std::size_t kShown = 40;  // characters of a line or name in a message

// A comma may be a decimal one where the row has another separator, but a line of names has no decimals.
constexpr std::array kHeaderSeparators = {',', ';', '\t', kBlanks};
constexpr std::array kRowSeparators = {';', '\t', ',', kBlanks};

bool is_unit(std::string_view text) {
  return text.size() >= 3 &&
         ((text.front() == '[' && text.back() == ']') || (text.front() == '(' && text.back() == ')'));
}

/// The names in a line; where blanks separate them, a unit in brackets belongs to the name before it.
std::vector<std::string_view> split_names(std::string_view line, char separator) {
  const auto fields = split_line(line, separator);
  if (separator != kBlanks) return fields;
  std::vector<std::string_view> names;
  for (const std::string_view field : fields) {
    if (names.empty() || !is_unit(field))
      names.push_back(field);
    else
      names.back() = {names.back().data(), static_cast<std::size_t>(field.data() + field.size() - names.back().data())};
  }
  return names;
}

std::size_t count_names(std::string_view line, char separator) { return split_names(line, separator).size(); }
std::size_t count_fields(std::string_view line, char separator) { return split_line(line, separator).size(); }

bool has_number(const std::vector<std::string_view>& fields, char separator) {
  return std::any_of(fields.begin(), fields.end(), [&](std::string_view f) { return is_number(f, separator); });
}
bool all_numbers(const std::vector<std::string_view>& fields, char separator) {
  return std::all_of(fields.begin(), fields.end(), [&](std::string_view f) { return is_number(f, separator); });
}

struct Separators {
  char names = ',';
  char row = ',';
};

/// The separators with which a line of names has as many fields, of two or more, as a row has.
std::optional<Separators> matching(std::string_view names, std::string_view row) {
  for (const char separator : kHeaderSeparators) {
    const std::size_t n = count_names(names, separator);
    if (n > 1 && n == count_fields(row, separator)) return Separators{separator, separator};
  }
  // numpy.savetxt writes the line of names as it is given, whatever separates the numbers.
  for (const char of_row : kRowSeparators) {
    const auto fields = split_line(row, of_row);
    if (fields.size() < 2 || !all_numbers(fields, of_row)) continue;
    for (const char of_names : kHeaderSeparators)
      if (count_names(names, of_names) == fields.size()) return Separators{of_names, of_row};
  }
  return std::nullopt;
}

char separator_of_names(std::string_view line, const std::optional<std::string>& next) {
  for (const char separator : {',', ';', '\t'})
    if (count_names(line, separator) > 1) return separator;
  return !next || count_fields(*next, kBlanks) > 1 ? kBlanks : ',';
}

char separator_of_row(std::string_view line) {
  for (const char separator : kRowSeparators)
    if (count_fields(line, separator) > 1) return separator;
  return ',';
}

/// "posX [mm]" is the column posX in mm; "volumeID[2]" is a name as it stands.
TextColumn column_of(std::string_view text) {
  TextColumn column{std::string(text), ""};
  for (std::size_t at; (at = column.name.find("\"\"")) != std::string::npos;) column.name.erase(at, 1);
  const std::string& name = column.name;
  const std::size_t open = name.find_last_of("[(");
  if (open == std::string::npos || open == 0 || !is_unit(std::string_view(name).substr(open))) return column;
  const std::string unit(without_blanks(std::string_view(name).substr(open + 1, name.size() - open - 2)));
  if (unit.empty() || std::isdigit(static_cast<unsigned char>(unit.front())) != 0) return column;
  const std::string bare(without_blanks(std::string_view(name).substr(0, open)));
  return bare.empty() ? column : TextColumn{bare, unit};
}

/// One column per name. Names that only differ in their units stay as they are.
std::vector<TextColumn> columns_of(const std::vector<std::string_view>& names) {
  std::vector<TextColumn> columns;
  std::map<std::string, int> uses;
  for (const std::string_view name : names) ++uses[columns.emplace_back(column_of(name)).name];
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (!columns[i].unit.empty() && uses[columns[i].name] > 1) columns[i] = {std::string(names[i]), ""};
  return columns;
}

/// GATE's name for each field of a line of hits in its ASCII output (GATE's manual, "Data output", "Hits file"): the
/// IDs of the volume at each of N levels stand between 4 and 15 others, and names of a process and two volumes follow.
/// Empty when the line is none.
std::string gate_ascii_names(const std::vector<std::string_view>& fields) {
  constexpr std::size_t kOthers = 19, kTexts = 3, kMaxLevels = 30;
  if (fields.size() <= kOthers || fields.size() > kOthers + kMaxLevels) return "";
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (is_number(fields[i], kBlanks) != (i + kTexts < fields.size())) return "";
  std::string names = "runID,eventID,primaryID,sourceID,baseID";
  for (std::size_t level = 1; level < fields.size() - kOthers; ++level) names += fmt::format(",level{}ID", level);
  return names +
         ",time,edep,stepLength,posX,posY,posZ,PDGEncoding,trackID,parentID,photonID,nPhantomCompton,nPhantomRayleigh,"
         "-,-,-";
}

std::string names_to_fill_in(std::size_t n) {
  constexpr std::size_t kListed = 12;
  std::string names;
  for (std::size_t i = 1; i <= std::min(n, kListed - 1); ++i) names += fmt::format("{}NAME{}", i == 1 ? "" : ",", i);
  if (n >= kListed) names += fmt::format("{}NAME{}", n > kListed ? ",...," : ",", n);
  return names;
}

class HeadReader {
 public:
  HeadReader(TextLines& lines, const std::vector<std::string>& given) : lines_(lines), given_(given) {}

  TextHead read() {
    std::string comment;
    const auto first = next(&comment);
    if (!first) throw InputError({lines_.name(), "", ""}, "is empty: a text table begins with a line of column names");
    if (first->text.find('\0') != std::string::npos)
      throw InputError({lines_.name(), "", ""}, "is neither a NumPy file nor text");
    const auto second = next(nullptr);
    const std::optional<std::string> row = second ? std::optional(second->text) : std::nullopt;

    auto separators = row ? matching(first->text, *row) : std::nullopt;
    if (!separators) separators.emplace(Separators{separator_of_names(first->text, row), '\0'});
    const auto names = split_names(first->text, separators->names);
    const char as_row = separator_of_row(first->text);
    if (has_number(names, separators->names) || all_numbers(split_line(first->text, as_row), as_row)) {
      head_.rows.push_back(*first);
      name_row(*first, comment);
    } else {
      if (!given_.empty())
        throw InputError({lines_.name(), "--columns", fmt::format("{}", fmt::join(given_, ",")).substr(0, kShown)},
                         fmt::format("is of no use: line {} names the columns", first->line));
      head_.separator = separators->row != '\0' ? separators->row : separators->names;
      head_.columns = columns_of(names);
    }
    if (second) head_.rows.push_back(*second);
    check();
    return std::move(head_);
  }

 private:
  std::optional<TextHead::Row> next(std::string* comment) {
    const auto line = lines_.next_row(comment);
    if (!line) return std::nullopt;
    return TextHead::Row{lines_.number(), std::string(*line)};
  }

  /// Names for a file that begins with a row.
  void name_row(const TextHead::Row& row, const std::string& comment) {
    if (!given_.empty()) return use_given(row);
    if (const auto separators = matching(comment, row.text)) {
      const auto names = split_names(comment, separators->names);
      if (!has_number(names, separators->names)) {
        head_.separator = separators->row;
        head_.columns = columns_of(names);
        return;
      }
    }
    const char separator = separator_of_row(row.text);
    const auto fields = split_line(row.text, separator);
    if (fields.size() == 1 && !comment.empty() && count_fields(comment, kBlanks) == 1 && !is_number(comment, ',')) {
      head_.columns = columns_of({comment});
      return;
    }
    const std::string where = fmt::format("line {}", row.line);
    const std::string shown(without_blanks(row.text).substr(0, kShown));
    if (const std::string gate = gate_ascii_names(fields); !gate.empty())
      throw InputError({lines_.name(), where, shown},
                       "is no line of column names but looks like hits of GATE's ASCII output; name its columns ('-' "
                       "leaves one out): --columns " +
                           gate);
    throw InputError({lines_.name(), where, shown},
                     fmt::format("is no line of column names; name its {} columns ('-' leaves one out): --columns {}",
                                 fields.size(), names_to_fill_in(fields.size())));
  }

  void use_given(const TextHead::Row& row) {
    const auto fits = [&](char separator) { return count_fields(row.text, separator) == given_.size(); };
    const auto found = std::find_if(kRowSeparators.begin(), kRowSeparators.end(), fits);
    if (found == kRowSeparators.end())
      throw InputError({lines_.name(), "--columns", fmt::format("{} names", given_.size())},
                       fmt::format("but line {} has {} fields; each needs a name ('-' leaves one out)", row.line,
                                   count_fields(row.text, separator_of_row(row.text))));
    head_.separator = *found;
    std::vector<std::string_view> names;
    for (const std::string& name : given_) names.push_back(name == "-" ? std::string_view() : std::string_view(name));
    head_.columns = columns_of(names);
  }

  void check() {
    if (head_.columns.size() > kMaxColumns)
      throw InputError({lines_.name(), "", ""}, fmt::format("has more than {} columns", kMaxColumns));
    std::vector<std::string> nameless;
    std::map<std::string_view, std::size_t> seen;
    for (std::size_t i = 0; i < head_.columns.size(); ++i) {
      const std::string& name = head_.columns[i].name;
      if (name.empty())
        nameless.push_back(std::to_string(i + 1));
      else if (!seen.emplace(name, i).second)
        throw InputError({lines_.name(), name.substr(0, kShown), ""}, "this column appears twice");
    }
    if (nameless.size() == head_.columns.size()) throw InputError({lines_.name(), "", ""}, "names no column");
    if (!nameless.empty() && given_.empty())
      head_.warnings.push_back(fmt::format("{}: {} without a name {} left out: {}", lines_.name(),
                                           nameless.size() == 1 ? "a column" : "columns",
                                           nameless.size() == 1 ? "is" : "are", fmt::join(nameless, ", ")));
  }

  TextLines& lines_;
  const std::vector<std::string>& given_;
  TextHead head_;
};

}  // namespace

TextHead read_text_head(TextLines& lines, const std::vector<std::string>& given) {
  return HeadReader(lines, given).read();
}

}  // namespace difftrack::event
