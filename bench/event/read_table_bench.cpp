// SPDX-License-Identifier: Apache-2.0
// Reading and writing 0.3 million rows of ten columns in each format.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "difftrack/core/random.hpp"
#include "difftrack/event/io/npz_writer.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/event/io/write_npy.hpp"

namespace difftrack::event {
namespace {

constexpr std::size_t kRows = 300'000;

/// Six integer and four real columns, of which the integers compress well and the reals do not, as steps do.
struct Columns {
  std::vector<std::vector<std::int32_t>> integers;
  std::vector<std::vector<float>> reals;
};

const Columns& columns() {
  static const Columns made = [] {
    Columns c;
    core::RandomStream random(1, 0);
    for (std::int32_t k = 0; k < 6; ++k) {
      c.integers.emplace_back();
      for (std::size_t i = 0; i < kRows; ++i) c.integers.back().push_back(k + static_cast<std::int32_t>(i / 30));
    }
    for (int k = 0; k < 4; ++k) {
      c.reals.emplace_back();
      for (std::size_t i = 0; i < kRows; ++i) c.reals.back().push_back(static_cast<float>(random.uniform()));
    }
    return c;
  }();
  return made;
}

std::vector<ColumnView> views() {
  std::vector<ColumnView> all;
  for (const auto& column : columns().integers) all.push_back({fmt::format("i{}", all.size()), std::span(column)});
  for (const auto& column : columns().reals) all.push_back({fmt::format("r{}", all.size()), std::span(column)});
  return all;
}

std::string written(const std::string& ending, int level) {
  const std::string path = std::filesystem::temp_directory_path() / ("difftrack_read_table_bench" + ending);
  if (ending == ".npz") {
    NpzWriter out(path, {.level = level, .threads = 1});
    out.append("arr_0", views());
    out.commit();
  } else if (ending == ".npy") {
    write_npy_table(path, views());
  } else {
    write_csv(path, views());
  }
  return path;
}

void read(benchmark::State& state, const std::string& ending) {
  const std::string path = written(ending, 1);
  const Table table = read_table(path);
  for (const auto& view : views())
    for (std::size_t i = 0; i < kRows; i += 1009)
      if (static_cast<float>(table.at(view.name).number(i)) !=
          std::visit([i](const auto& v) { return static_cast<float>(v[i]); }, view.values))
        throw std::logic_error("read_table_bench: what was read is not what was written");
  for (auto _ : state) benchmark::DoNotOptimize(read_table(path));
  state.counters["file_MB"] = static_cast<double>(std::filesystem::file_size(path)) * 1e-6;
}
BENCHMARK_CAPTURE(read, npy, ".npy")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read, npz, ".npz")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read, csv, ".csv")->Unit(benchmark::kMillisecond);

void write_npz_level(benchmark::State& state) {
  for (auto _ : state) written(".npz", static_cast<int>(state.range(0)));
}
BENCHMARK(write_npz_level)->Arg(0)->Arg(1)->Arg(6)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace difftrack::event
