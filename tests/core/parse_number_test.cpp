// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/parse_number.hpp"

#include <gtest/gtest.h>

namespace difftrack::core {
namespace {

TEST(ParseNumber, TakesWholeFiniteNumbersAlone) {
  EXPECT_EQ(parse_number("-1.5e2"), -150.0);
  EXPECT_EQ(parse_number("0"), 0.0);
  for (const char* text : {"", " 1", "1 ", "1O0", "1.0xyz", "nan", "inf", "1e400", "abc", "+1"})
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
}

}  // namespace
}  // namespace difftrack::core
