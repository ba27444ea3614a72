// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "difftrack/core/shipped_files.hpp"
#include "difftrack/core/toml_fields.hpp"
#include "difftrack/matter/element.hpp"

namespace difftrack::detector {

namespace {

namespace fs = std::filesystem;
using core::InputError;
using matter::Material;

constexpr std::int64_t kMaxLayers = 10000;    // a limit on what one line of TOML can make us allocate
constexpr std::size_t kMaxSlabs = 1'000'000;  // the same for all layers together
constexpr double kMaxLength = 1e5;            // [mm]

/// A table of the file with the dotted name that errors show.
struct Section {
  const std::string& file;
  std::string name;

  [[noreturn]] void fail(const std::string& key, const std::string& value, const std::string& problem) const {
    throw InputError({file, name.empty() ? key : key.empty() ? name : name + "." + key, value}, problem);
  }
  void check_keys(const toml::table& table, const std::vector<std::string>& known) const {
    for (const auto& [key, value] : table)
      if (std::find(known.begin(), known.end(), key.str()) == known.end())
        core::throw_unknown_key(file, name.empty() ? std::string(key.str()) : name + "." + std::string(key.str()),
                                known);
  }
  double number(const toml::table& table, const char* key, double low, double high) const {
    const auto value = table[key].value<double>();
    if (!table.contains(key)) fail(key, "", "is missing");
    if (!value) fail(key, "", "has the wrong type; expected a number");
    return checked(key, *value, low, high);
  }
  double checked(const std::string& key, double value, double low, double high) const {
    if (!(value >= low && value <= high))
      fail(key, fmt::format("{}", value), fmt::format("must lie in [{}, {}]", low, high));
    return value;
  }
  std::string text(const toml::table& table, const char* key) const {
    if (!table.contains(key)) fail(key, "", "is missing");
    if (!table[key].is_string()) fail(key, "", "has the wrong type; expected text");
    return *table[key].value<std::string>();
  }
  const toml::table& subtable(const toml::table& table, const char* key) const {
    const auto* found = table[key].as_table();
    if (found == nullptr) fail(key, "", table.contains(key) ? "must be a table" : "is missing");
    return *found;
  }
};

Material read_material(const Section& section, const std::string& name, const toml::node& node) {
  const auto* table = node.as_table();
  if (table == nullptr) section.fail(name, "", "must be a table { density = …, elements = { … } }");
  const Section here{section.file, section.name + "." + name};
  here.check_keys(*table, {"density", "elements", "mean_excitation_energy"});
  Material material{name, here.number(*table, "density", 1e-9, 50.0), {}, {}, 0.0};
  if (table->contains("mean_excitation_energy"))
    material.mean_excitation_energy = here.number(*table, "mean_excitation_energy", 1.0, 2000.0);
  const auto& elements = here.subtable(*table, "elements");
  double sum = 0.0;
  for (const auto& [key, value] : elements) {
    const std::string symbol(key.str());
    const Section in_elements{section.file, here.name + ".elements"};
    if (matter::find_element(symbol) == nullptr) in_elements.fail(symbol, "", matter::unknown_element(symbol));
    material.elements.push_back(symbol);
    material.mass_fractions.push_back(in_elements.number(elements, symbol.c_str(), 1e-9, 1.0));
    sum += material.mass_fractions.back();
  }
  if (std::abs(sum - 1.0) > 1e-3)
    here.fail("elements", fmt::format("{}", sum), "mass fractions must sum to 1 (within 0.001)");
  for (double& fraction : material.mass_fractions) fraction /= sum;
  return material;
}

std::int32_t find_material(const Section& section, const std::string& where, const std::string& name,
                           const std::vector<Material>& materials) {
  std::vector<std::string> names;
  names.reserve(materials.size());
  for (const auto& material : materials) names.push_back(material.name);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    const auto guess = core::nearest(name, names);
    section.fail(where, name, "unknown material" + (guess.empty() ? "" : "; did you mean '" + guess + "'?"));
  }
  return static_cast<std::int32_t>(found - names.begin());
}

std::vector<Slab> read_stack(const Section& section, const std::string& name, const toml::node& node,
                             const std::vector<Material>& materials) {
  const auto* array = node.as_array();
  const char* const kForm = "must be a list of slabs [\"material\", thickness in mm] or […, \"sensitive\"]";
  if (array == nullptr) section.fail(name, "", kForm);
  std::vector<Slab> slabs;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const std::string where = fmt::format("{}[{}]", name, i);
    const auto* entry = array->get(i)->as_array();
    if (entry == nullptr || entry->size() < 2 || entry->size() > 3 || !entry->get(0)->is_string())
      section.fail(where, "", kForm);
    const auto thickness = entry->get(1)->value<double>();
    if (!thickness) section.fail(where, "", "the thickness has the wrong type; expected a number in mm");
    Slab slab;
    slab.material = find_material(section, where, *entry->get(0)->value<std::string>(), materials);
    slab.thickness = section.checked(where + ".thickness", *thickness, 1e-6, kMaxLength);
    if (entry->size() == 3) {
      if (entry->get(2)->value<std::string>() != "sensitive")
        section.fail(where, "", "only \"sensitive\" may follow the thickness");
      slab.sensitive = true;
    }
    slabs.push_back(slab);
  }
  const auto sensitive = std::count_if(slabs.begin(), slabs.end(), [](const Slab& slab) { return slab.sensitive; });
  if (sensitive != 1) section.fail(name, fmt::format("{}", sensitive), "sensitive slabs; a layer has exactly one");
  return slabs;
}

/// Appends one [[layers]] group; `back` is where the layers before it end [mm], and moves on.
void read_layers(const Section& section, const toml::table& table,
                 const std::map<std::string, std::vector<Slab>>& stacks, double& back, Detector& detector) {
  section.check_keys(table, {"stack", "count", "front_z", "pitch", "fill", "tracker"});
  const std::string name = section.text(table, "stack");
  const auto stack = stacks.find(name);
  if (stack == stacks.end()) {
    std::vector<std::string> names;
    names.reserve(stacks.size());
    for (const auto& [key, slabs] : stacks) names.push_back(key);
    const auto guess = core::nearest(name, names);
    section.fail("stack", name, "unknown stack" + (guess.empty() ? "" : "; did you mean '" + guess + "'?"));
  }
  std::int64_t count = 1;
  if (table.contains("count")) {
    if (!table["count"].is_integer()) section.fail("count", "", "has the wrong type; expected an integer");
    count = *table["count"].value<std::int64_t>();
    section.checked("count", static_cast<double>(count), 1, kMaxLayers);
  }
  const bool first = detector.layers.empty();
  const double front =
      table.contains("front_z") || first ? section.number(table, "front_z", -kMaxLength, kMaxLength) : back;
  if (front < back - 1e-9)
    section.fail("front_z", fmt::format("{}", front),
                 fmt::format("overlaps the layer before it, which ends at {} mm", back));
  if (!first && front > back + 1e-9)
    section.fail("front_z", fmt::format("{}", front),
                 fmt::format("leaves a gap behind the layer before it, which ends at {} mm; add a slab of air", back));

  std::vector<Slab> slabs = stack->second;
  double thickness = 0.0;
  for (const auto& slab : slabs) thickness += slab.thickness;
  if (table.contains("pitch")) {
    const double pitch = section.number(table, "pitch", 1e-6, kMaxLength);
    if (pitch < thickness - 1e-9)
      section.fail("pitch", fmt::format("{}", pitch),
                   fmt::format("is smaller than the stack's thickness of {} mm", thickness));
    if (pitch > thickness + 1e-9) {
      slabs.push_back(
          {find_material(section, "fill", section.text(table, "fill"), detector.materials), pitch - thickness, false});
      thickness = pitch;
    }
  }
  if (table.contains("tracker") && !table["tracker"].is_boolean())
    section.fail("tracker", "", "has the wrong type; expected true or false");
  if (table["tracker"].value_or(false)) {
    if (detector.n_tracker_layers != static_cast<std::int32_t>(detector.layers.size()))
      section.fail("tracker", "true", "tracker layers come before all others");
    detector.n_tracker_layers += static_cast<std::int32_t>(count);
  }
  if (static_cast<std::int64_t>(detector.layers.size()) + count > kMaxLayers)
    section.fail("count", fmt::format("{}", count), fmt::format("more than {} layers in all", kMaxLayers));
  std::size_t before = 0;
  for (const auto& layer : detector.layers) before += layer.slabs.size();
  if (before + slabs.size() * static_cast<std::size_t>(count) > kMaxSlabs)
    section.fail("count", fmt::format("{}", count), fmt::format("more than {} slabs in all", kMaxSlabs));
  for (std::int64_t k = 0; k < count; ++k) {
    double z = front + static_cast<double>(k) * thickness;
    Layer layer{slabs, 0.0};
    for (const auto& slab : slabs) {
      if (slab.sensitive) layer.sensitive_z = z + 0.5 * slab.thickness;
      z += slab.thickness;
    }
    detector.layers.push_back(std::move(layer));
  }
  back = front + static_cast<double>(count) * thickness;
}

void check_pixels(const Section& section, const PixelMatrix& pixels) {
  if (pixels.pitch_x * pixels.columns > 2.0 * pixels.half_width * (1.0 + 1e-9))
    section.fail("pitch_x", fmt::format("{}", pixels.pitch_x), "columns times pitch_x is wider than 2 half_width");
  if (pixels.pitch_y * pixels.rows > 2.0 * pixels.half_height * (1.0 + 1e-9))
    section.fail("pitch_y", fmt::format("{}", pixels.pitch_y), "rows times pitch_y is higher than 2 half_height");
  if (pixels.chip_columns > 0 && pixels.columns % pixels.chip_columns != 0)
    section.fail("chip_columns", fmt::format("{}", pixels.chip_columns), "does not divide columns");
  if (pixels.chip_rows > 0 && pixels.rows % pixels.chip_rows != 0)
    section.fail("chip_rows", fmt::format("{}", pixels.chip_rows), "does not divide rows");
}

/// [[chips]]: measured places of single chips.
void read_chips(const toml::table& table, const std::string& file, Detector& detector) {
  if (!table.contains("chips")) return;
  const Section top{file, ""};
  const auto* entries = table["chips"].as_array();
  if (entries == nullptr) top.fail("chips", "", "must be a list; write one [[chips]] per chip");
  const PixelMatrix& m = detector.pixels;
  for (std::size_t i = 0; i < entries->size(); ++i) {
    const Section section{file, fmt::format("chips[{}]", i)};
    const auto* entry = entries->get(i)->as_table();
    if (entry == nullptr) section.fail("", "", "must be a table");
    ChipPlacement chip;
    core::read_fields(*entry, file, chip);
    section.checked("layer", chip.layer, 0, static_cast<double>(detector.layers.size()) - 1);
    section.checked("chip_column", chip.chip_column, 0, m.chip_columns > 0 ? m.columns / m.chip_columns - 1 : 0);
    section.checked("chip_row", chip.chip_row, 0, m.chip_rows > 0 ? m.rows / m.chip_rows - 1 : 0);
    detector.chips.push_back(chip);
  }
}

Detector read_description(const toml::table& table, const std::string& file) {
  const Section top{file, ""};
  top.check_keys(table, {"name", "title", "source_z", "materials", "stacks", "layers", "pixels", "chips", "mapping",
                         "thresholds"});
  Detector detector;
  detector.name = top.text(table, "name");
  if (table.contains("title")) detector.title = top.text(table, "title");
  if (table.contains("source_z")) detector.source_z = top.number(table, "source_z", -kMaxLength, kMaxLength);

  for (const auto& [key, node] : top.subtable(table, "materials"))
    detector.materials.push_back(read_material({file, "materials"}, std::string(key.str()), node));
  std::map<std::string, std::vector<Slab>> stacks;
  for (const auto& [key, node] : top.subtable(table, "stacks"))
    stacks.emplace(key.str(), read_stack({file, "stacks"}, std::string(key.str()), node, detector.materials));
  const auto* groups = table["layers"].as_array();
  if (groups == nullptr || groups->empty())
    top.fail("layers", "", "is missing; write one [[layers]] per group of equal layers");
  double back = -kMaxLength;
  for (std::size_t i = 0; i < groups->size(); ++i) {
    const Section section{file, fmt::format("layers[{}]", i)};
    const auto* group = groups->get(i)->as_table();
    if (group == nullptr) section.fail("", "", "must be a table");
    read_layers(section, *group, stacks, back, detector);
  }

  core::read_fields(top.subtable(table, "pixels"), file, detector.pixels, "pixels");
  for (const char* key : {"columns", "rows", "half_width", "half_height", "pitch_x", "pitch_y"})
    if (!top.subtable(table, "pixels").contains(key)) top.fail(std::string("pixels.") + key, "", "is missing");
  check_pixels({file, "pixels"}, detector.pixels);
  read_chips(table, file, detector);
  core::read_fields(top.subtable(table, "mapping"), file, detector.mapping, "mapping");
  check_mapping(detector.mapping, file, "mapping");
  if (table.contains("thresholds"))
    core::read_fields(top.subtable(table, "thresholds"), file, detector.thresholds, "thresholds");
  return detector;
}

}  // namespace

void check_mapping(const LayerMapping& mapping, const std::string& file, const std::string& section) {
  const auto fail = [&](const char* key, const std::string& value, const std::string& problem) {
    throw InputError({file, section.empty() ? key : section + "." + key, value}, problem);
  };
  if (mapping.form == LayerForm::Plane && mapping.pitch <= 0.0)
    fail("pitch", fmt::format("{}", mapping.pitch), "form \"plane\" needs a pitch above 0 mm");
  if (mapping.form == LayerForm::Column && mapping.column.empty())
    fail("column", "", "form \"column\" needs the name of the column");
}

Detector parse_detector(std::string_view text, const std::string& file) {
  return read_description(core::parse_toml(text, file), file);
}

Detector read_detector(const std::string& name_or_path) {
  const fs::path path = core::find_shipped("detectors", name_or_path, ".toml");
  if (!fs::is_regular_file(path)) throw InputError({path.string(), "", ""}, "no such file");
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return parse_detector(text, path.string());
}

}  // namespace difftrack::detector
