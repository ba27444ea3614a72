// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/apps/run_command.hpp"

namespace difftrack::apps {

/// A flag with its value, and what stands on the command line with it and without it.
struct Effect {
  std::string flag;
  std::string base = {};
};

/// The flags that the `--help` of a command lists, without "--" and without the --no-… forms.
inline std::set<std::string> flags_of(const std::string& command) {
  const std::string help = run_command("difftrack " + command + " --help").output;
  std::set<std::string> flags;
  const std::regex flag(R"(\n  (?:-\w,)?--([\w-]+))");
  for (auto i = std::sregex_iterator(help.begin(), help.end(), flag); i != std::sregex_iterator(); ++i)
    flags.insert((*i)[1].str());
  flags.erase("help");
  return flags;
}

using Outcome = std::function<std::string(const std::string& options)>;
/// Each flag changes the outcome, each of `same` does not, and there is no other flag but those of `others`.
inline void check(const std::string& command, const std::vector<Effect>& effects, const std::vector<Effect>& same,
                  const std::set<std::string>& others, const Outcome& outcome) {
  const std::set<std::string> flags = flags_of(command);
  std::set<std::string> known = others;
  std::map<std::string, std::string> plain;
  for (const bool changes : {true, false})
    for (const Effect& each : changes ? effects : same) {
      std::string name = each.flag.substr(2, each.flag.find(' ') - 2);
      if (name.starts_with("no-") && !flags.contains(name)) name.erase(0, 3);
      known.insert(name);
      if (!plain.contains(each.base)) plain[each.base] = outcome(each.base);
      const std::string& without = plain[each.base];
      const std::string with = outcome(each.base + " " + each.flag);
      EXPECT_EQ(with != without, changes) << command << " " << each.base << " " << each.flag;
      const auto refused = [](const std::string& told) { return told.find(": error: ") != std::string::npos; };
      EXPECT_FALSE(refused(with) && refused(without)) << command << " " << each.base << ": " << without;
    }
  EXPECT_EQ(flags, known) << "show in this test what a new flag of '" << command << "' changes";
}

}  // namespace difftrack::apps
