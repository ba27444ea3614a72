// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/list_mode.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <numbers>
#include <span>

#include "difftrack/core/atomic_file.hpp"
#include "difftrack/event/io/meta_image.hpp"

namespace difftrack::image {

namespace {

constexpr std::size_t kRows = 5, kCoordinates = 3;
constexpr double kPlaneDistance = 50.0;  // [mm] between the two planes that PCTD has on either side

static_assert(std::endian::native == std::endian::little);

template <class T>
void append(std::string& bytes, const T& value) {
  std::array<char, sizeof(T)> raw{};
  std::memcpy(raw.data(), &value, sizeof(T));
  bytes.append(raw.data(), raw.size());
}

void append_text(std::string& bytes, const std::string& text) {
  append(bytes, static_cast<std::int32_t>(text.size()));
  bytes += text;
}

}  // namespace

ProtonPairs proton_pairs(const View& view, const PreparedView& prepared, double z_in, double z_out) {
  ProtonPairs pairs;
  pairs.rotation = view.rotation;
  pairs.z_in = z_in;
  pairs.z_out = z_out;
  const Protons& p = view.protons;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (prepared.keep[i] == 0) continue;
    const Path& path = prepared.paths[i];
    const auto [x, y] = path.at(static_cast<float>(z_in));
    pairs.x_in.push_back(x);
    pairs.y_in.push_back(y);
    pairs.slope_x_in.push_back(path.slope_x.front());
    pairs.slope_y_in.push_back(path.slope_y.front());
    pairs.x_out.push_back(p.x[i]);
    pairs.y_out.push_back(p.y[i]);
    pairs.slope_x_out.push_back(p.slope_x[i]);
    pairs.slope_y_out.push_back(p.slope_y[i]);
    pairs.wepl.push_back(p.wepl[i]);
  }
  return pairs;
}

std::vector<float> pct_list_mode(const ProtonPairs& pairs) {
  std::vector<float> values;
  values.reserve(pairs.size() * kRows * kCoordinates);
  const auto direction = [&](float slope_x, float slope_y) {
    const float norm = 1.0F / std::sqrt(1.0F + slope_x * slope_x + slope_y * slope_y);
    values.insert(values.end(), {-slope_x * norm, slope_y * norm, norm});
  };
  const auto in = static_cast<float>(pairs.z_in), out = static_cast<float>(pairs.z_out);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    values.insert(values.end(), {-pairs.x_in[i], pairs.y_in[i], in});
    values.insert(values.end(), {-pairs.x_out[i], pairs.y_out[i], out});
    direction(pairs.slope_x_in[i], pairs.slope_y_in[i]);
    direction(pairs.slope_x_out[i], pairs.slope_y_out[i]);
    values.insert(values.end(), {0.0F, pairs.wepl[i], static_cast<float>(i)});
  }
  return values;
}

void write_pct_list_mode(const std::string& folder, std::int64_t view, const ProtonPairs& pairs) {
  const std::string name = fmt::format("pairs{:04}", view);
  const auto path = std::filesystem::path(folder) / name;
  const std::vector<float> values = pct_list_mode(pairs);
  const std::array<std::int64_t, 2> counts{static_cast<std::int64_t>(kRows), static_cast<std::int64_t>(pairs.size())};
  const std::array<double, 2> spacing{1.0, 1.0}, offset{0.0, 0.0};
  core::AtomicFile header(path.string() + ".mhd"), raw(path.string() + ".raw");
  header.write(
      event::meta_image_header(counts, spacing, offset, static_cast<std::int32_t>(kCoordinates), name + ".raw"));
  raw.write(std::as_bytes(std::span(values)));
  header.finish();
  raw.finish();
  raw.commit();
  header.commit();
}

std::string pctd_bytes(const ProtonPairs& pairs, double energy) {
  std::string bytes = "PCTD";
  append(bytes, std::int32_t{0});
  append(bytes, static_cast<std::int32_t>(pairs.size()));
  append(bytes, static_cast<float>(pairs.rotation * 180.0 / std::numbers::pi));
  append(bytes, static_cast<float>(energy));
  append(bytes, std::int32_t{0});  // no date: the same input gives the same bytes
  append(bytes, std::int32_t{0});
  for (const char* text : {"", "", "difftrack"}) append_text(bytes, text);
  const auto d = static_cast<float>(kPlaneDistance);
  const auto plane = [&](const std::vector<float>& at, const std::vector<float>& slope, float ahead) {
    for (std::size_t i = 0; i < at.size(); ++i) append(bytes, at[i] + ahead * slope[i]);
  };
  const auto across = [&](const auto& in, const auto& slope_in, const auto& out, const auto& slope_out) {
    plane(in, slope_in, -d);
    plane(in, slope_in, 0.0F);
    plane(out, slope_out, 0.0F);
    plane(out, slope_out, d);
  };
  across(pairs.x_in, pairs.slope_x_in, pairs.x_out, pairs.slope_x_out);
  across(pairs.y_in, pairs.slope_y_in, pairs.y_out, pairs.slope_y_out);
  const auto in = static_cast<float>(pairs.z_in), out = static_cast<float>(pairs.z_out);
  for (const float z : {in - d, in, out, out + d})
    for (std::size_t i = 0; i < pairs.size(); ++i) append(bytes, z);
  for (const float wepl : pairs.wepl) append(bytes, wepl);
  return bytes;
}

}  // namespace difftrack::image
