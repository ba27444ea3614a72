// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/response/digitise.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/detector/pixels/cluster_pixels.hpp"
#include "difftrack/detector/response/charge_sharing.hpp"
#include "tests/detector/test_detectors.hpp"

namespace difftrack::detector {
namespace {

void add(event::Steps& s, std::int32_t event, std::int32_t track, std::int32_t layer, double x, double y, double edep) {
  s.event.push_back(event);
  s.track.push_back(track);
  s.parent.push_back(track == 1 ? 0 : 1);
  s.pdg.push_back(track == 1 ? 2212 : 11);
  s.layer.push_back(layer);
  s.x.push_back(static_cast<float>(x));
  s.y.push_back(static_cast<float>(y));
  s.z.push_back(0.0F);
  s.edep.push_back(static_cast<float>(edep));
}

event::Steps random_steps(std::uint64_t seed, int events, std::int32_t layers, double width) {
  core::RandomStream stream(seed, 0);
  event::Steps s;
  for (int e = 0; e < events; ++e)
    for (std::int32_t l = 0; l < layers; ++l) {
      const auto [gx, gy] = stream.normal_pair();
      add(s, e, 1, l, width * gx, width * gy, 0.01 + 0.05 * stream.exponential());
      if (stream.uniform() < 0.3) add(s, e, 1, l, width * gx + 0.01, width * gy, 0.02);
      if (stream.uniform() < 0.1) add(s, e, 2, l, width * gx - 0.02, width * gy, 0.02);
    }
  return s;
}

bool operator_equal(const event::Pixels& a, const event::Pixels& b) {
  return a.frame == b.frame && a.layer == b.layer && a.column == b.column && a.row == b.row && a.event == b.event &&
         a.particle == b.particle && a.parent == b.parent && a.pdg == b.pdg && a.edep == b.edep &&
         a.second_event == b.second_event;
}

/// Frame, layer, row, column, event and second event of fired pixels.
using PlainPixels =
    std::set<std::tuple<std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int64_t, std::int64_t>>;

/// The same physics without groups, boxes and float: every step on every pixel of its chip.
PlainPixels plain_digitise(const event::Steps& s, const Detector& d, const Digitise::Config& c) {
  const PixelGeometry g(d.pixels, c.chip_layout ? PixelLayout::Chips : PixelLayout::Spread);
  const auto readout = readouts_of_steps(s, c.events_per_frame).of_step;
  std::map<std::tuple<std::int32_t, std::int32_t, std::int32_t, std::int32_t>,
           std::map<std::pair<std::int64_t, std::int32_t>, double>>
      sum;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const double x = static_cast<double>(s.x[i]), y = static_cast<double>(s.y[i]);
    if (g.x.index(x) < 0 || g.y.index(y) < 0) continue;
    for (std::int32_t row = 0; row < d.pixels.rows; ++row)
      for (std::int32_t column = 0; column < d.pixels.columns; ++column) {
        if (g.x.chip(column) != g.x.chip(g.x.index(x)) || g.y.chip(row) != g.y.chip(g.y.index(y))) continue;
        const double dx = g.x.centre(column) - x, dy = g.y.centre(row) - y;
        const double px = 0.5 * g.x.pitch(), py = 0.5 * g.y.pitch();
        sum[{readout[i], s.layer[i], row, column}][{s.event[i], s.track[i]}] +=
            static_cast<double>(s.edep[i]) * kernel_share(dx - px, dx + px, dy - py, dy + py, c.gamma) / 3.6e-6 *
            c.collected;
      }
  }
  PlainPixels fired;
  for (const auto& [place, particles] : sum) {
    double all = 0.0, most = 0.0, second_most = c.threshold;
    std::pair<std::int64_t, std::int32_t> strongest{-1, -1};
    std::int64_t second = -1;
    for (const auto& [who, charge] : particles) {
      all += charge;
      if (charge > most) most = charge, strongest = who;
    }
    for (const auto& [who, charge] : particles)
      if (who != strongest && who.second == 1 && charge >= second_most) second_most = charge, second = who.first;
    const auto& [frame, layer, row, column] = place;
    if (all >= c.threshold) fired.insert({frame, layer, row, column, strongest.first, second});
  }
  return fired;
}

TEST(Digitise, EqualsThePlainSumOverAllPixels) {
  Detector d = pixel_test_detector(2, 48, 40);
  d.pixels.chip_columns = 24, d.pixels.chip_rows = 20;
  d.pixels.half_width += 0.05, d.pixels.half_height += 0.05;
  for (const double width : {0.6, 0.12})
    for (const bool chips : {false, true}) {
      Digitise::Config c;
      c.events_per_frame = 4;
      c.chip_layout = chips;
      c.negligible_charge = 1e-2;
      const event::Steps s = random_steps(7, 80, 2, width);
      const event::Pixels p = Digitise(c)(s, d);
      const auto expected = plain_digitise(s, d, c);
      PlainPixels got;
      for (std::size_t i = 0; i < p.size(); ++i)
        got.insert({p.frame[i], p.layer[i], p.row[i], p.column[i], p.event[i], p.second_event[i]});
      EXPECT_EQ(got.size(), p.size()) << "each pixel once";
      EXPECT_EQ(got, expected);
      ASSERT_GT(expected.size(), 100u);
      EXPECT_GT(std::count_if(got.begin(), got.end(), [](const auto& each) { return std::get<5>(each) >= 0; }), 5);
    }
}

TEST(Digitise, NegligibleChargeHardlyChangesWhatFires) {
  const Detector d = pixel_test_detector(3, 400, 400);
  const event::Steps s = random_steps(8, 300, 3, 1.5);
  const auto exact = Digitise({.negligible_charge = 0.05})(s, d);
  const auto usual = Digitise()(s, d);
  EXPECT_NEAR(static_cast<double>(usual.size()) / static_cast<double>(exact.size()), 1.0, 6e-3)
      << "100 events in a spot of 1.5 mm: most of them have neighbours";
}

TEST(Digitise, SameBytesForAnyThreadsAndOtherBytesForAnotherSeed) {
  const Detector d = pixel_test_detector(3, 400, 400);
  Digitise::Config c;
  c.events_per_frame = 10;
  c.noise = 8.0, c.threshold_spread = 10.0, c.noise_hit_rate = 1e-5;
  c.dead_fraction = 1e-3, c.hot_fraction = 1e-4, c.hot_rate = 0.3;
  c.threads = 1;
  const event::Steps s = random_steps(9, 60, 3, 1.5);
  const event::Pixels one = Digitise(c)(s, d);
  c.threads = 4;
  EXPECT_TRUE(operator_equal(one, Digitise(c)(s, d)));
  c.seed = 2;
  EXPECT_FALSE(operator_equal(one, Digitise(c)(s, d)));
  for (std::size_t i = 1; i < one.size(); ++i)
    ASSERT_LT(std::tuple(one.frame[i - 1], one.layer[i - 1], one.row[i - 1], one.column[i - 1]),
              std::tuple(one.frame[i], one.layer[i], one.row[i], one.column[i]));
}

TEST(Digitise, ReadoutsAreEventsInFileOrderAndSpots) {
  event::Steps s;
  for (const std::int32_t e : {5, 5, 7, 9, 9, 11}) add(s, e, 1, 0, 0, 0, 0.1);
  EXPECT_EQ(readouts_of_steps(s, 2).of_step, (std::vector<std::int32_t>{0, 0, 0, 1, 1, 1}));
  s.spot_x = {0, 0, 7, 7, 7, 7};
  s.spot_y = {0, 0, 0, 0, 0, 0};
  EXPECT_EQ(readouts_of_steps(s, 2).of_step, (std::vector<std::int32_t>{0, 0, 1, 1, 1, 2}));
  event::Steps interleaved;
  for (const std::int32_t e : {1, 2, 1, 3, 2}) add(interleaved, e, 1, 0, 0, 0, 0.1);
  EXPECT_EQ(readouts_of_steps(interleaved, 1).of_step, (std::vector<std::int32_t>{0, 1, 0, 2, 1}));
}

TEST(Digitise, MeanClusterSizeFollowsThePublishedLaw) {
  // one setting of the kernel, 40 to 500 keV in 25 um, protons of about 80 to 3 MeV
  const Detector d = read_detector("bergen-dtc");
  for (const double keV : {40.0, 60.0, 85.0, 150.0, 300.0, 500.0}) {
    core::RandomStream stream(1, 0);
    event::Steps s;
    for (int i = 0; i < 2000; ++i)
      add(s, i, 1, 0, 5 + i % 50 + 0.03 * stream.uniform(), 3 + 0.5 * (i / 50) + 0.03 * stream.uniform(), keV * 1e-3);
    const FramedHits f = ClusterPixels({.min_cluster_size = 0})(Digitise({.events_per_frame = 2000})(s, d), d);
    ASSERT_EQ(f.hits.size(), 2000u);
    double sum = 0.0;
    for (const std::int32_t n : f.hits.cluster_size) sum += n;
    EXPECT_NEAR(sum / 2000.0 / mean_cluster_size(keV * 1e-3), 1.0, 0.06) << keV << " keV";
  }
}

TEST(Digitise, OverlappingParticlesAddUpAndTheStrongerOneIsTheTruth) {
  const Detector d = pixel_test_detector(1, 64, 64);
  event::Steps s;
  add(s, 0, 1, 0, 0.015, 0.015, 0.0005);  // 68 of 92 electrons in the pixel it hits: silent alone
  EXPECT_EQ(Digitise()(s, d).size(), 0u);
  add(s, 1, 1, 0, 0.015, 0.015, 0.0006);
  const event::Pixels p = Digitise()(s, d);
  ASSERT_EQ(p.size(), 1u);
  EXPECT_EQ(p.event[0], 1);
  EXPECT_EQ(p.parent[0], 0);
  EXPECT_GT(p.edep[0], 0.0006F);
  EXPECT_EQ(p.second_event, (std::vector<std::int64_t>{-1}));  // silent alone
}

TEST(Digitise, APixelKnowsTheStrongestOtherPrimaryThatAloneWouldHaveFiredIt) {
  const Detector d = pixel_test_detector(1, 64, 64);
  const auto second = [&](const event::Steps& s) {
    const event::Pixels p = Digitise()(s, d);
    std::int64_t found = -2;
    for (std::size_t i = 0; i < p.size(); ++i)
      if (p.column[i] == 32 && p.row[i] == 32) found = p.second_event[i];
    return found;
  };
  event::Steps s;
  add(s, 0, 1, 0, 0.015, 0.015, 0.002);
  EXPECT_EQ(second(s), -1);
  add(s, 0, 2, 0, 0.015, 0.015, 0.003);  // an electron names the pixel, its primary is there, too
  EXPECT_EQ(second(s), 0);
  add(s, 1, 2, 0, 0.015, 0.015, 0.0025);  // that of another event is no primary
  EXPECT_EQ(second(s), 0);
  add(s, 2, 1, 0, 0.015, 0.015, 0.0021);
  EXPECT_EQ(second(s), 2);
  add(s, 3, 1, 0, 0.015, 0.015, 0.0022);  // of three primaries two are left out
  EXPECT_EQ(second(s), 3);
  s.parent.clear();
  EXPECT_TRUE(Digitise()(s, d).second_event.empty());
}

TEST(Digitise, DeadHotAndNoisyPixelsAppearAtTheirRates) {
  const Detector d = pixel_test_detector(2, 500, 500);
  event::Steps s;  // one faint step per readout keeps the readouts
  for (int e = 0; e < 200; ++e) add(s, e, 1, 0, 0, 0, 1e-7);
  Digitise::Config c;
  c.events_per_frame = 1;
  c.noise_hit_rate = 1e-4;
  const event::Pixels noise = Digitise(c)(s, d);
  EXPECT_NEAR(static_cast<double>(noise.size()) / (200 * 500000), 1e-4, 4 * std::sqrt(1e-4 / (200 * 500000)));
  EXPECT_EQ(noise.event, std::vector<std::int64_t>(noise.size(), -1));
  EXPECT_EQ(noise.edep, std::vector<float>(noise.size(), 0.0F));

  c.noise_hit_rate = 0.0, c.hot_fraction = 2e-4, c.hot_rate = 0.25;
  const event::Pixels hot = Digitise(c)(s, d);
  std::map<std::tuple<std::int32_t, std::int32_t, std::int32_t>, int> firings;
  for (std::size_t i = 0; i < hot.size(); ++i) ++firings[{hot.layer[i], hot.row[i], hot.column[i]}];
  EXPECT_NEAR(static_cast<double>(firings.size()), 100.0, 40.0);
  EXPECT_NEAR(static_cast<double>(hot.size()) / static_cast<double>(firings.size()) / 200, 0.25, 0.02);

  c = {};
  c.events_per_frame = 1;
  const event::Steps strong = random_steps(5, 200, 2, 1.5);
  const auto all = Digitise(c)(strong, d);
  c.dead_fraction = 0.2;
  const auto some = Digitise(c)(strong, d);
  EXPECT_NEAR(static_cast<double>(some.size()) / static_cast<double>(all.size()), 0.8, 0.02);
}

TEST(Digitise, DeadChipsLoseAllTheirPixelsAndOthersNone) {
  Detector d = pixel_test_detector(1, 400, 400);
  d.pixels.chip_columns = 100, d.pixels.chip_rows = 50;
  Digitise::Config c;
  c.noise_hit_rate = 0.01;
  c.dead_chip_fraction = 0.3;
  event::Steps s;
  add(s, 0, 1, 0, 0.0, 0.0, 0.0);  // a readout
  std::map<std::int32_t, int> of_chip;
  const event::Pixels fired = Digitise(c)(s, d);
  for (std::size_t i = 0; i < fired.size(); ++i) ++of_chip[fired.row[i] / 50 * 4 + fired.column[i] / 100];
  EXPECT_GT(of_chip.size(), 12U);  // of 32
  EXPECT_LT(of_chip.size(), 30U);
  for (const auto& [chip, count] : of_chip) EXPECT_NEAR(count, 50, 30) << chip;
}

TEST(Digitise, ElectronicNoiseMovesTheEffectiveThreshold) {
  const Detector d = pixel_test_detector(1, 400, 400);
  event::Steps s;  // steps whose central pixel collects just the threshold: half of them fire under noise
  const double share = kernel_share(-0.015, 0.015, -0.015, 0.015, 0.0047);
  const double edep = 92.0 / (share * 0.6964) * 3.6e-6;
  for (int i = 0; i < 1000; ++i) add(s, i, 1, 0, -5.7 + 0.3 * (i % 32) + 0.015, -5.7 + 0.3 * (i / 32) + 0.015, edep);
  EXPECT_EQ(Digitise({.threshold = 91.5})(s, d).size(), 1000u);
  EXPECT_EQ(Digitise({.threshold = 92.5})(s, d).size(), 0u);
  EXPECT_NEAR(static_cast<double>(Digitise({.noise = 10.0})(s, d).size()), 500.0, 80.0);
  EXPECT_NEAR(static_cast<double>(Digitise({.threshold_spread = 10.0})(s, d).size()), 500.0, 80.0);
}

TEST(Digitise, GapsAndOutsideLeaveNothing) {
  Detector d = pixel_test_detector(1, 40, 40);
  d.pixels.chip_columns = 20;
  d.pixels.half_width += 0.1;
  event::Steps s;
  add(s, 0, 1, 0, 0.0, 0.0, 1.0);   // in the gap
  add(s, 0, 1, 0, 10.0, 0.0, 1.0);  // outside
  EXPECT_EQ(Digitise({.chip_layout = true})(s, d).size(), 0u);
  EXPECT_GT(Digitise()(s, d).size(), 0u);
}

TEST(Digitise, BadStepsAndOptionsAreRefused) {
  const Detector d = pixel_test_detector(1, 40, 40);
  const auto field_of = [&](std::int32_t layer, double x, double edep) -> std::string {
    event::Steps s;
    add(s, 0, 1, layer, x, 0.0, edep);
    try {
      Digitise()(s, d);
    } catch (const core::InputError& e) {
      return e.where().field;
    }
    return "accepted";
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(field_of(0, 0.0, 0.1), "accepted");
  EXPECT_EQ(field_of(1, 0.0, 0.1), "layer, step 0");
  EXPECT_EQ(field_of(0, nan, 0.1), "posX, step 0");
  EXPECT_EQ(field_of(0, 0.0, -0.1), "edep, step 0");
  EXPECT_EQ(field_of(0, 0.0, nan), "edep, step 0");
  EXPECT_THROW(Digitise({.gamma = 0.0}), core::InputError);
  EXPECT_THROW(Digitise({.events_per_frame = 0}), core::InputError);
  EXPECT_EQ(Digitise()(event::Steps{}, d).size(), 0u);
}

}  // namespace
}  // namespace difftrack::detector
