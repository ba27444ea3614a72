// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parse_number.hpp"
#include "difftrack/matter/material.hpp"
#include "difftrack/simulate/voxel_volume.hpp"

namespace difftrack::simulate {

namespace {

namespace fs = std::filesystem;
using core::InputError;

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

}  // namespace

std::vector<HounsfieldRow> read_hounsfield_table(const std::string& path) {
  std::ifstream in(path);
  if (!in || fs::is_directory(path)) throw InputError({path, "", ""}, "no such file");
  std::vector<HounsfieldRow> rows;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    const std::string text = trimmed(line);
    if (text.empty() || text[0] == '#' || text.rfind("hu", 0) == 0) continue;
    const std::string where = "row " + std::to_string(number);
    HounsfieldRow row;
    const auto first = text.find(','), second = text.find(',', first + 1);
    if (first == std::string::npos || second == std::string::npos)
      throw InputError({path, where, text}, "expected hu,material,density");
    const auto hu = core::parse_number(trimmed(text.substr(0, first)));
    const auto density = core::parse_number(trimmed(text.substr(second + 1)));
    if (!hu || !density) throw InputError({path, where, text}, "expected hu,material,density");
    row.hu = *hu, row.density = *density;
    row.material = trimmed(text.substr(first + 1, second - first - 1));
    try {
      matter::named_material(row.material);
    } catch (const InputError&) {
      throw InputError({path, where + " material", row.material}, "is no known material");
    }
    if (!(row.density > 0.0 && row.density < 50.0))
      throw InputError({path, where + " density", text}, "must be positive");
    if (!rows.empty() && row.hu <= rows.back().hu)
      throw InputError({path, where + " hu", text}, "must rise from row to row");
    rows.push_back(row);
  }
  if (rows.empty()) throw InputError({path, "", ""}, "holds no hu,material,density row");
  return rows;
}

}  // namespace difftrack::simulate
