// SPDX-License-Identifier: Apache-2.0
// docs/files.md lists every name that the readers know.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "difftrack/detector/pixels/pixels_from_table.hpp"
#include "difftrack/detector/steps/steps_layout.hpp"
#include "difftrack/event/pixels.hpp"
#include "difftrack/event/steps.hpp"
#include "tests/event/documented_tables.hpp"

namespace difftrack::detector {
namespace {

std::string names_of(std::string_view quantity, std::string_view unit) {
  std::string names;
  for (const FileName& each : known_names(quantity)) {
    names += fmt::format("{}`{}`", names.empty() ? "" : ", ", each.name);
    if (!each.unit.empty() && each.unit != unit) names += fmt::format(" [{}]", each.unit);
  }
  return names;
}

TEST(FilesPage, ListsEveryKnownNameOfSteps) {
  std::string table =
      "| quantity | names, the first found is taken | needed | unit | meaning |\n|---|---|---|---|---|\n";
  event::for_each_column<event::Steps>([&](const auto& each) {
    std::string quantity(each.name), names = names_of(each.name, each.unit);
    if (each.name == "y" || each.name == "z") return;
    if (each.name == "x") {
      quantity = "x y z";
      for (const auto& position : known_positions())
        names += fmt::format("{}`{}`", names.empty() ? "" : ", ", fmt::join(position, " "));
    }
    if (each.name == "layer") names = "[the layer](#the-layer)";
    const bool needed = each.presence == event::Presence::Always && each.name != "layer";
    table +=
        fmt::format("| {} | {} | {} | {} | {} |\n", quantity, names, needed ? "yes" : "no", each.unit, each.meaning);
  });
  event::expect_documented("files.md", "names of steps", table);
}

TEST(FilesPage, ListsEveryNameOfPixels) {
  std::string table = "| column | quantity | needed | unit | meaning |\n|---|---|---|---|---|\n";
  event::for_each_column<event::Pixels>([&](const auto& each) {
    const auto& all = known_pixel_names();
    const auto found = std::find_if(all.begin(), all.end(), [&](const PixelName& n) { return n.column == each.name; });
    ASSERT_NE(found, all.end()) << each.name;
    table += fmt::format("| `{}` | {} | {} | {} | {} |\n", found->name, each.name,
                         each.presence == event::Presence::Always ? "yes" : "no", each.unit, each.meaning);
  });
  event::expect_documented("files.md", "names of pixels", table);
}

}  // namespace
}  // namespace difftrack::detector
