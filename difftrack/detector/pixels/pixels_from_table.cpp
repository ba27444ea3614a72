// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/pixels/pixels_from_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "difftrack/core/error.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/event/rows_from_table.hpp"

namespace difftrack::detector {
namespace {

/// Turns the pixel numbers of a file's column into indices in [0, n).
void to_indices(std::vector<std::int32_t>& values, const event::Table& table, const char* name, std::int32_t n,
                PixelNumbering numbering) {
  for (std::size_t row = 0; row < values.size(); ++row) {
    std::int64_t index = values[row];
    if (numbering == PixelNumbering::Centred) index += n / 2 - 1;
    if (numbering == PixelNumbering::CentredWithoutZero) {
      if (index == 0) table.fail(table.at(name), row, "is no pixel: this detector numbers them …, -1, 1, …");
      index += index < 0 ? n / 2 : n / 2 - 1;
    }
    if (index < 0 || index >= n)
      table.fail(table.at(name), row, fmt::format("lies outside the pixel matrix of {} pixels", n));
    values[row] = static_cast<std::int32_t>(index);
  }
}

/// The file's name of a column of event::Pixels.
std::string_view name_of(std::string_view column) {
  const auto& all = known_pixel_names();
  return std::find_if(all.begin(), all.end(), [&](const PixelName& each) { return each.column == column; })->name;
}

}  // namespace

const std::vector<PixelName>& known_pixel_names() {
  static const std::vector<PixelName> all = {{"frame", "frame"},     {"layer", "layer"},
                                             {"column", "x"},        {"row", "y"},
                                             {"event", "eventID"},   {"particle", "trackID"},
                                             {"parent", "parentID"}, {"pdg", "PDGEncoding"},
                                             {"edep", "edep"},       {"second_event", "secondEventID"}};
  return all;
}

event::Pixels pixels_from_table(const event::Table& table, const Detector& detector) {
  const PixelMatrix& m = detector.pixels;
  const std::string layer = detector.mapping.form == LayerForm::Column ? detector.mapping.column : "layer";
  const bool particles =
      table.has("eventID") && table.has("trackID") && table.has("parentID") && table.has("PDGEncoding");
  event::Pixels pixels;
  event::for_each_column<event::Pixels>([&](const auto& each) {
    using T = typename std::remove_cvref_t<decltype(pixels.*(each.member))>::value_type;
    const std::string name(each.name == "layer" ? layer : name_of(each.name));
    const bool known = each.name == "edep"           ? table.has(name)
                       : each.name == "second_event" ? particles && table.has(name)
                                                     : particles;
    if (each.presence != event::Presence::Always && !known) return;
    pixels.*(each.member) = event::column_values<T>(table, name);
  });
  const auto n_layers = static_cast<std::int32_t>(detector.layers.size());
  for (std::size_t row = 0; row < pixels.layer.size(); ++row)
    if (pixels.layer[row] < 0 || pixels.layer[row] >= n_layers)
      table.fail(table.at(layer), row, fmt::format("lies outside the detector's {} layers", n_layers));
  to_indices(pixels.column, table, "x", m.columns, m.column_numbering);
  to_indices(pixels.row, table, "y", m.rows, m.row_numbering);
  return pixels;
}

bool is_pixel_table(const event::Table& table) {
  return table.has("frame") && table.has("x") && table.has("y") && !table.has("posX");
}

}  // namespace difftrack::detector
