// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/pixels/pixels_from_table.hpp"

#include <fmt/format.h>

namespace difftrack::detector {
namespace {

/// Pixel numbers of one file column as indices in [0, n).
std::vector<std::int32_t> indices(const event::Table& table, const char* name, std::int32_t n,
                                  PixelNumbering numbering) {
  std::vector<std::int32_t> values = table.int32s(name);
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
  return values;
}

}  // namespace

event::Pixels pixels_from_table(const event::Table& table, const Detector& detector) {
  const PixelMatrix& m = detector.pixels;
  const std::string layer = detector.mapping.form == LayerForm::Column ? detector.mapping.column : "layer";
  event::Pixels pixels;
  pixels.frame = table.int32s("frame");
  pixels.layer = table.int32s(layer);
  const auto n_layers = static_cast<std::int32_t>(detector.layers.size());
  for (std::size_t row = 0; row < pixels.layer.size(); ++row)
    if (pixels.layer[row] < 0 || pixels.layer[row] >= n_layers)
      table.fail(table.at(layer), row, fmt::format("lies outside the detector's {} layers", n_layers));
  pixels.column = indices(table, "x", m.columns, m.column_numbering);
  pixels.row = indices(table, "y", m.rows, m.row_numbering);
  if (table.has("eventID") && table.has("trackID") && table.has("parentID") && table.has("PDGEncoding")) {
    pixels.event = table.int64s("eventID");
    pixels.particle = table.int32s("trackID");
    pixels.parent = table.int32s("parentID");
    pixels.pdg = table.int32s("PDGEncoding");
  }
  if (table.has("edep")) pixels.edep = table.finite_floats("edep");
  return pixels;
}

bool is_pixel_table(const event::Table& table) {
  return table.has("frame") && table.has("x") && table.has("y") && !table.has("posX");
}

}  // namespace difftrack::detector
