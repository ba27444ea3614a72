// SPDX-License-Identifier: Apache-2.0
// Images whose blur, noise and errors are put in by hand.
#include "difftrack/image/score.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/image/score_report.hpp"
#include "difftrack/simulate/box_phantom.hpp"
#include "difftrack/simulate/reference_image.hpp"

namespace difftrack::image {
namespace {

constexpr std::int64_t kPixels = 168, kFiner = 5;

event::ReferenceImage reference_of(const simulate::Phantom& phantom) {
  return simulate::reference_image(phantom, {kPixels * kFiner, 1, kPixels * kFiner}, {0.2, 10.0, 0.2}, 200.0, 1, 2);
}

/// The reference blurred by a Gaussian, seen at the middle of each pixel, with white noise, times `factor`. The blur is
/// a plain double sum over the fine points, one axis after the other.
Volume made_image(const event::ReferenceImage& reference, double sigma, double noise, double factor = 1.0) {
  const std::int64_t n = kPixels * kFiner, reach = 40;
  std::vector<double> weight;
  double total = 0.0;
  for (std::int64_t d = -reach; d <= reach; ++d) {
    weight.push_back(std::exp(-0.5 * std::pow(0.2 * static_cast<double>(d) / sigma, 2)));
    total += weight.back();
  }
  const auto blurred = [&](const auto& value, std::int64_t centre) {
    double sum = 0.0;
    for (std::int64_t d = -reach; d <= reach; ++d)
      if (centre + d >= 0 && centre + d < n) sum += weight[static_cast<std::size_t>(d + reach)] * value(centre + d);
    return sum / total;
  };
  std::vector<double> rows(static_cast<std::size_t>(n * kPixels));
  for (std::int64_t k = 0; k < n; ++k)
    for (std::int64_t i = 0; i < kPixels; ++i)
      rows[static_cast<std::size_t>(k * kPixels + i)] = blurred(
          [&](std::int64_t x) { return static_cast<double>(reference.rsp[static_cast<std::size_t>(k * n + x)]); },
          i * kFiner + kFiner / 2);
  Volume image = make_volume({.pixels = kPixels, .pixel = 1.0, .slices = 1, .slice_height = 10.0});
  core::RandomStream random(5, 0);
  for (std::int64_t k = 0; k < kPixels; ++k)
    for (std::int64_t i = 0; i < kPixels; ++i)
      image.values[image.index(i, 0, k)] = static_cast<float>(
          factor * blurred([&](std::int64_t z) { return rows[static_cast<std::size_t>(z * kPixels + i)]; },
                           k * kFiner + kFiner / 2) +
          noise * random.normal());
  return image;
}

TEST(Score, FindsBlurNoiseAndBiasThatWerePutIn) {
  const auto reference = reference_of(*simulate::make_ctp404());
  const ImageScore score = score_image(made_image(reference, 0.9, 0.03, 1.002), reference, {});
  EXPECT_NEAR(score.blur, 0.9, 0.03);
  EXPECT_NEAR(score.noise, 0.03, 0.001);
  EXPECT_NEAR(score.body.percent(), 0.2, 4.0 * 100.0 * 0.03 / std::sqrt(static_cast<double>(score.body.voxels)));
  EXPECT_GT(score.body.voxels, 5000);
  ASSERT_EQ(score.targets.size(), 8U);
  for (const TargetScore& t : score.targets) {
    EXPECT_NEAR(t.radius, 58.5, 1e-9);
    EXPECT_GT(t.mean_sd, 0.002) << t.name;  // 66 pixels of noise 0.03: 0.0037
    EXPECT_LT(t.mean_sd, 0.006) << t.name;
    EXPECT_NEAR(t.region.mean, 1.002 * t.blurred, 5.0 * 0.0037) << t.name;
    if (t.name == "teflon" || t.name == "air") {
      EXPECT_NEAR(t.blur, 0.9, 4.0 * t.blur_sd + 0.01) << t.name;
    }
  }
  EXPECT_EQ(score.targets[5].name, "teflon");
}

TEST(Score, RaysAddUpWhatIsWrongAlongThem) {
  // A disc of water of 39 mm radius with a hole of air: everything is 1 % too high, the hole by 0.2.
  Volume image = make_volume({.pixels = kPixels, .pixel = 1.0, .slices = 1, .slice_height = 10.0});
  std::vector<double> expected(image.size(), 0.0);
  double chords = 0.0;  // sum over all rays of the integral that was put in
  for (std::int64_t k = 0; k < kPixels; ++k)
    for (std::int64_t i = 0; i < kPixels; ++i) {
      const std::size_t v = image.index(i, 0, k);
      const double r = std::hypot(image.centre(0, i), image.centre(2, k));
      expected[v] = r > 39.0 || r < 10.0 ? 0.0 : 1.0;
      image.values[v] = static_cast<float>(r > 39.0 ? 0.1 : r < 10.0 ? 0.2 : 1.01);  // 0.1: outside does not count
    }
  const RayScore rays = score_rays(image, expected, 0.3);
  double squares = 0.0, n = 0.0;
  const auto chord = [](double radius, double offset) {
    return radius > offset ? 2.0 * std::sqrt(radius * radius - offset * offset) : 0.0;
  };
  for (double offset = -38.0; offset < 39.0; offset += 2.0) {
    const double wrong =
        0.01 * (chord(39.0, std::abs(offset)) - chord(10.0, std::abs(offset))) + 0.2 * chord(10.0, std::abs(offset));
    chords += wrong, squares += wrong * wrong, n += 1.0;
  }
  EXPECT_NEAR(rays.mean, chords / n, 0.03 * chords / n);
  EXPECT_NEAR(rays.rms, std::sqrt(squares / n), 0.03 * std::sqrt(squares / n));
  EXPECT_NEAR(static_cast<double>(rays.rays), 60.0 * n, 0.05 * 60.0 * n);
}

TEST(Score, CorrectsPartialVolumeByTheBlur) {
  const auto reference = reference_of(*simulate::make_ctp404());
  const ImageScore score = score_image(made_image(reference, 2.0, 0.0), reference, {.inner = 0.9});
  for (const TargetScore& t : score.targets) {
    if (t.name == "air") continue;
    EXPECT_LT(std::abs(t.blurred_percent()), 0.1) << t.name;
  }
  EXPECT_LT(score.targets[5].region.percent(), -3.0);  // Teflon raw
}

TEST(Score, EdgesTooFaintForTheirNoiseHaveNoBlur) {
  auto reference = reference_of(*simulate::make_ctp404());
  std::erase_if(reference.targets, [](const auto& target) { return target.name != "pmma"; });
  for (const double noise : {0.0, 3.0}) {
    const ImageScore score = score_image(made_image(reference, 0.9, noise), reference, {});
    if (noise > 0.0) {
      EXPECT_TRUE(score.blur == 0.0 || score.targets[0].blur_sd > 0.3) << score.blur;
      continue;
    }
    EXPECT_NEAR(score.targets[0].blur, 0.9, 0.05);
  }
}

TEST(Score, LinesLoseTheirContrastAsTheBlurSays) {
  const auto reference = reference_of(*simulate::make_line_pairs());
  const double sigma = 0.8;
  const ImageScore score = score_image(made_image(reference, sigma, 0.0), reference, {});
  ASSERT_EQ(score.targets.size(), 21U);
  for (const int group : {2, 3, 4}) {
    const TargetScore& t = score.targets[static_cast<std::size_t>(group - 1)];
    EXPECT_TRUE(t.lines);
    // Of endless lines the blur leaves exp(-2 (pi f sigma)²); these are 2 mm thick, which takes from all alike.
    const double along = std::exp(-2.0 * std::pow(3.14159265 * 0.1 * group * sigma, 2));
    const double across = std::erf(1.0 / (std::sqrt(2.0) * sigma));
    EXPECT_LT(t.modulation, 1.1 * along) << group;
    EXPECT_GT(t.modulation, 0.6 * along * across) << group;
  }
  EXPECT_GT(score.targets[1].modulation, score.targets[2].modulation);
  EXPECT_GT(score.targets[2].modulation, score.targets[3].modulation);
}

TEST(Score, Mtf10IsThatOfAGaussian) {
  EXPECT_NEAR(mtf10(1.05), 3.25, 0.01);
  EXPECT_NEAR(mtf10(0.75), 4.55, 0.01);
  EXPECT_EQ(mtf10(0.0), 0.0);
}

TEST(Compare, HalfTheProtonsAreHalfTheProtons) {
  const auto reference = reference_of(*simulate::make_ctp404());
  const Volume truth = made_image(reference, 0.8, 0.02);
  Volume noisy = made_image(reference, 0.8, 0.02 * std::sqrt(2.0), 1.001);
  const Comparison c = compare_images(noisy, truth, reference, {});
  EXPECT_NEAR(c.noise_ratio, 0.5, 0.02);
  EXPECT_NEAR(c.mean, 0.1, 0.1);
  EXPECT_GT(c.rms, 0.005);
  const Comparison same = compare_images(truth, truth, reference, {});
  EXPECT_EQ(same.rms, 0.0);
  EXPECT_EQ(same.mean, 0.0);
}

TEST(Score, RefusesWhatDoesNotFit) {
  const auto reference = reference_of(*simulate::make_ctp404());
  const auto message = [&](const Volume& image, const ScoreConfig& config) -> std::string {
    try {
      score_image(image, reference, config);
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message(make_volume({.pixels = 160, .pixel = 1.0, .slices = 1}), {}), testing::HasSubstr("counts"));
  EXPECT_THAT(message(make_volume({.pixels = kPixels, .pixel = 1.0, .slices = 1}), {.margin = 80.0}),
              testing::HasSubstr("margin = '80': leaves no voxel"));
  EXPECT_THAT(message(make_volume({.pixels = kPixels, .pixel = 1.0, .slices = 1, .slice_height = 300.0}), {}),
              testing::HasSubstr("no slice lies within the height"));
  EXPECT_THROW(compare_images(make_volume({.pixels = kPixels}), make_volume({.pixels = 20}), reference, {}),
               core::InputError);
}

TEST(ScoreReport, SaysTheSameInTextJsonAndPage) {
  const auto reference = reference_of(*simulate::make_ctp404());
  const Volume image = made_image(reference, 0.9, 0.03);
  const ImageScore score = score_image(image, reference, {});
  const Comparison beside{0.9, 0.05, 0.01};
  const std::string table = score_table(score, beside);
  const auto json = nlohmann::json::parse(score_json(score, beside));
  EXPECT_EQ(json.at("targets").size(), 8U);
  EXPECT_EQ(json.at("noise").get<double>(), score.noise);
  EXPECT_EQ(json.at("against").at("n_eff").get<double>(), 0.9);
  EXPECT_FALSE(nlohmann::json::parse(score_json(score, std::nullopt)).contains("against"));
  for (const TargetScore& t : score.targets) EXPECT_THAT(table, testing::HasSubstr(t.name));
  const std::string page = score_page("a<b&c", image, reference, score, beside);
  EXPECT_THAT(page, testing::HasSubstr("<title>a&lt;b&amp;c</title>"));
  for (const TargetScore& t : score.targets) EXPECT_THAT(page, testing::HasSubstr("<td>" + t.name + "</td>"));
  EXPECT_THAT(page, testing::HasSubstr("noise of a voxel in the body"));
  EXPECT_THAT(page, testing::HasSubstr("Profile at z = "));
  EXPECT_THAT(page, testing::HasSubstr("data:image/png;base64,iVBORw0KGgo"));
}

}  // namespace
}  // namespace difftrack::image
