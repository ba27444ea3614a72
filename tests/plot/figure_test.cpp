// SPDX-License-Identifier: Apache-2.0
#include "difftrack/plot/figure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <regex>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/plot/csv.hpp"
#include "difftrack/plot/escape.hpp"
#include "difftrack/plot/page.hpp"
#include "difftrack/plot/scale.hpp"
#include "difftrack/plot/svg.hpp"

namespace difftrack::plot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

Figure points_and_bars() {
  return {.title = "Kinks",
          .x = {"layer"},
          .y = {"[mrad]"},
          .series = {{"data", {1, 2, 3}, {10, 20, kNan}, Mark::Points, {9, 18, kNan}, {11, 22, kNan}}}};
}

TEST(Histogram, CountsWhatLiesInsideItsHalfOpenBins) {
  const std::vector<double> values{-0.1, 0.0, 0.99, 1.0, 3.999, 4.0, kNan};
  const Series s = histogram("h", values, 0.0, 4.0, 4);
  EXPECT_THAT(s.x, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(s.y, ElementsAre(2, 1, 0, 1));
  EXPECT_THROW(histogram("h", values, 0.0, 4.0, 0), core::InputError);
  EXPECT_THROW(histogram("h", values, 4.0, 4.0, 3), core::InputError);
}

TEST(Scale, MapsItsEndsAndHasRoundTicks) {
  Scale linear(100, 200, false);
  linear.include(0.0);
  linear.include(10.0);
  linear.include(kNan);
  EXPECT_DOUBLE_EQ(linear.pixel(0.0), 100);
  EXPECT_DOUBLE_EQ(linear.pixel(2.5), 125);
  EXPECT_THAT(linear.ticks(), ElementsAre(0, 2, 4, 6, 8, 10));
  Scale decades(0, 300, true);
  decades.include(0.0);  // cannot be shown
  decades.include(1.0);
  decades.include(1000.0);
  EXPECT_NEAR(decades.pixel(10.0), 100, 1e-9);
  EXPECT_EQ(decades.ticks().size(), 10U);
  EXPECT_FALSE(decades.shows(-1.0));
}

TEST(Scale, OfOneValueOrNoneHasAWidth) {
  for (const bool logarithmic : {false, true}) {
    Scale one(0, 100, logarithmic), none(0, 100, logarithmic);
    one.include(5.0);
    one.widen(0.04);
    none.widen(0.04);
    EXPECT_NEAR(one.pixel(5.0), 50, 1e-9);
    EXPECT_TRUE(std::isfinite(none.pixel(1.0)));
    EXPECT_FALSE(none.ticks().empty());
  }
}

TEST(Svg, DrawsEveryFiniteValueOnce) {
  const std::string drawn = svg(points_and_bars());
  EXPECT_EQ(count(drawn, "<circle"), 2U);
  EXPECT_EQ(count(drawn, "class='b c0'"), 1U);
  EXPECT_THAT(drawn, HasSubstr("○ data"));
  EXPECT_THAT(drawn, Not(HasSubstr("nan")));
}

TEST(Svg, BreaksALineAtNanAndLeavesOutWhatALogarithmCannotShow) {
  Figure figure{.title = "t", .x = {"x"}, .y = {"y", true}, .series = {{"", {1, 2, 3, 4, 5}, {1, 10, kNan, 5, 0}}}};
  const std::string drawn = svg(figure);
  std::smatch path;
  ASSERT_TRUE(std::regex_search(drawn, path, std::regex("<path d='(M[^']*)' class='l c0'")));
  EXPECT_EQ(count(path[1].str(), "M"), 2U);
  EXPECT_EQ(count(path[1].str(), "L"), 1U);
}

TEST(Svg, HeatMapShadesByValueAndMatrixReadsFromTheTop) {
  const Figure m = matrix("Disagreement", {"top", "bottom"}, {"a", "b"}, {1, 2, 3, kNan}, "share");
  const std::string drawn = svg(m);
  EXPECT_EQ(count(drawn, "<rect"), 3U);  // NaN is no cell
  const auto y_of = [&](const std::string& name) {
    std::smatch found;
    std::regex_search(drawn, found, std::regex("y='([0-9.]+)' text-anchor='end'>" + name));
    return std::stod(found[1].str());
  };
  EXPECT_LT(y_of("top"), y_of("bottom"));
  EXPECT_THAT(csv(m), HasSubstr("row,column,share\nbottom,a,3\nbottom,b,\ntop,a,1\ntop,b,2\n"));
  EXPECT_THROW(matrix("m", {"r"}, {"a", "b"}, {1}, "v"), core::InputError);
}

TEST(Svg, SeriesOfOneColourAreAPairAndALongLegendHasRoom) {
  Figure pairs = points_and_bars();
  pairs.series.push_back({.label = "model", .x = {1, 3}, .y = {9, 30}, .colour = 0});
  const std::string drawn = svg(pairs);
  EXPECT_EQ(count(drawn, "class='l c0'"), 1U);
  EXPECT_EQ(count(drawn, "c1'"), 0U);
  const auto top_of = [](const std::string& text) {  // of the highest circle
    std::smatch found;
    double top = kFigureHeight;
    for (auto at = text.cbegin(); std::regex_search(at, text.cend(), found, std::regex("cy='([0-9.]+)'"));
         at = found[0].second)
      top = std::min(top, std::stod(found[1].str()));
    return top;
  };
  Figure many = points_and_bars();
  const double before = top_of(svg(many));
  for (const char* name : {"b", "c", "d"}) many.series.push_back({.label = name, .x = {1}, .y = {10}});
  EXPECT_GT(top_of(svg(many)), before + 30);
}

TEST(Picture, HoldsItsFiguresSideBySideWithTheirColours) {
  const std::string drawn = picture({points_and_bars(), points_and_bars(), points_and_bars()}, 2);
  EXPECT_THAT(drawn, HasSubstr("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 960 600'"));
  EXPECT_EQ(count(drawn, "\n<svg x='480' y='0' "), 1U);
  EXPECT_EQ(count(drawn, "\n<svg x='0' y='300' "), 1U);
  EXPECT_EQ(count(drawn, "<svg "), count(drawn, "</svg>"));
  EXPECT_THAT(drawn, HasSubstr("--c0:#1f5fa8"));
  EXPECT_THAT(drawn, Not(HasSubstr("svg.figure{")));  // would stretch each over the whole picture
  EXPECT_THROW(picture({points_and_bars()}, 0), core::InputError);
}

TEST(Csv, HoldsEveryNumberWithAllDigits) {
  EXPECT_EQ(csv(points_and_bars()), "series,layer,[mrad],low,high\ndata,1,10,9,11\ndata,2,20,18,22\ndata,3,,,\n");
  Figure both{.title = "t", .x = {"E, MeV"}, .y = {"n"}};
  both.series = {histogram("h", std::vector<double>{0.5}, 0.0, 1.0, 1), {"l", {0.1}, {1.0 / 3.0}}};
  EXPECT_EQ(csv(both), "series,\"E, MeV\",x_high,n\nh,0,1,1\nl,0.1,,0.3333333333333333\n");
  EXPECT_EQ(csv_field("a \"b\""), "\"a \"\"b\"\"\"");
}

TEST(Figure, WithSizesThatDoNotFitIsRefusedByName) {
  Figure figure = points_and_bars();
  figure.series[0].y.pop_back();
  try {
    svg(figure);
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("Kinks: x of data = '3'"));
  }
  EXPECT_THROW(csv(figure), core::InputError);
  figure = points_and_bars();
  figure.series[0].low.pop_back();
  EXPECT_THROW(html({"p", "", {{"s", "", {figure}}}}), core::InputError);
  figure.series.clear();
  figure.map = HeatMap{{0, 1}, {0, 1}, {1, 2}, "v"};
  EXPECT_THROW(svg(figure), core::InputError);
}

TEST(Escape, LeavesNoMarkup) { EXPECT_EQ(escape("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;"); }

TEST(Base64, IsThatOfTheRfc) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(Page, EscapesTextAndOffersTheNumbersOfFiguresAndTables) {
  Page page{.title = "<T>", .text = "a & b"};
  page.sections.push_back({"S<1>", "x < y", {points_and_bars()}, {{{"name", "n"}, {{"<b>", "1"}, {"c", "2"}}, {1}}}});
  const std::string text = html(page);
  EXPECT_THAT(text, HasSubstr("<h1>&lt;T&gt;</h1><p>a &amp; b</p>"));
  EXPECT_THAT(text, HasSubstr("<h2>S&lt;1&gt;</h2><p>x &lt; y</p>"));
  EXPECT_THAT(text, HasSubstr("<td>&lt;b&gt;</td><td class='n'>1</td></tr><tr class='bad'><td>c</td>"));
  EXPECT_THAT(text, HasSubstr("download='kinks.csv' href='data:text/csv;charset=utf-8;base64," +
                              base64(csv(points_and_bars()))));
  EXPECT_THAT(text, HasSubstr(base64("name,n\n<b>,1\nc,2\n")));
  EXPECT_THAT(text, HasSubstr("prefers-color-scheme:dark"));
  EXPECT_EQ(count(text, "<div class='wide'><table>"), 1U);  // scrolls by itself where the page is narrow
  EXPECT_THAT(text, Not(HasSubstr("<script")));
  EXPECT_THAT(text, Not(HasSubstr("http")));
}

}  // namespace
}  // namespace difftrack::plot
