// SPDX-License-Identifier: Apache-2.0
#include "difftrack/plot/raster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "difftrack/core/error.hpp"
#include "difftrack/plot/escape.hpp"
#include "difftrack/plot/page.hpp"

namespace difftrack::plot {
namespace {

Raster two_rows() { return {"Slice <1>", {0.0F, 1.0F, 2.0F, -1.0F, 0.5F, 3.0F}, 3, 2, 0.0, 1.0, 2, "seen from above"}; }

TEST(Raster, IsAPngOfItsSize) {
  const std::string bytes = png(two_rows());
  EXPECT_EQ(bytes.substr(1, 3), "PNG");
  EXPECT_EQ(bytes.substr(16, 8), std::string("\0\0\0\6\0\0\0\4", 8));
  Raster wrong = two_rows();
  wrong.width = 4;
  EXPECT_THROW(png(wrong), core::InputError);
}

TEST(Raster, StandsInAPageWithItsNumbers) {
  Page page{"scan", "", {}};
  page.sections.push_back({"Slices"});
  page.sections.front().rasters.push_back(two_rows());
  const std::string text = html(page);
  EXPECT_THAT(text, testing::HasSubstr("alt='Slice &lt;1&gt;'"));
  EXPECT_THAT(text, testing::HasSubstr("data:image/png;base64," + base64(png(two_rows()))));
  EXPECT_THAT(text, testing::HasSubstr("seen from above"));
  EXPECT_THAT(text, testing::HasSubstr(base64("0,1,2\n-1,0.5,3\n")));
}

}  // namespace
}  // namespace difftrack::plot
