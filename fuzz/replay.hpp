// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/frames/frame_reader.hpp"
#include "difftrack/event/io/gzip.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/event/io/safetensors.hpp"

/// What each fuzzer and the regression test over tests/event/corpus do with one input. InputError is the only
/// exception that may come out of a reader, so it is the only one caught.
namespace difftrack::fuzz {

inline std::shared_ptr<const event::Bytes> bytes_of(const std::uint8_t* data, std::size_t size) {
  const auto* begin = reinterpret_cast<const std::byte*>(data);
  return event::bytes_in_memory("fuzz", std::vector<std::byte>(begin, begin + size));
}

template <class Work>
void expect_input_error_or_success(Work&& work) {
  try {
    work();
  } catch (const core::InputError&) {
  }
}

/// A table by chunks and as a whole, and through the chain to frames.
inline void replay_table(const std::shared_ptr<const event::Bytes>& file) {
  static const detector::Detector detector = detector::read_detector("bergen-dtc");
  expect_input_error_or_success([&] {
    event::TableReader reader(file);
    event::Table chunk;
    for (int i = 0; i < 100 && reader.next(chunk, 7); ++i) {
    }
  });
  expect_input_error_or_success([&] { event::read_table(file); });
  const auto frames = [&](const detector::FrameConfig& config, bool grouped) {
    detector::FrameReader reader(file, detector, config, {}, {}, grouped);
    for (event::Frame frame; reader.next(frame);) {
    }
  };
  for (const detector::FrameConfig& config :
       {detector::FrameConfig{.per_frame = 2}, detector::FrameConfig{.frame_time = 100.0, .rate = 1e8}})
    expect_input_error_or_success([&] {
      try {
        frames(config, false);
      } catch (const detector::EventsOutOfOrder&) {
        frames(config, true);
      }
    });
}

inline void replay_npy(const std::uint8_t* data, std::size_t size) {
  const auto file = bytes_of(data, size);
  expect_input_error_or_success([&] { event::read_npy_array(*event::file_stream(file)); });
  replay_table(file);
}

inline void replay_npz(const std::uint8_t* data, std::size_t size) {
  const auto file = bytes_of(data, size);
  expect_input_error_or_success([&] {
    const event::NpzFile npz(file);
    for (const auto& key : npz.keys()) expect_input_error_or_success([&] { npz.read(key); });
  });
  replay_table(file);
}

inline void replay_csv(const std::uint8_t* data, std::size_t size) {
  const auto file = bytes_of(data, size);
  replay_table(file);
  expect_input_error_or_success([&] { event::read_table(file, {{"a", "-", "b [mm]"}}); });
}

inline void replay_gz(const std::uint8_t* data, std::size_t size) {
  const auto file = bytes_of(data, size);
  replay_table(file);
  expect_input_error_or_success([&] {
    const auto stream = event::gzip_stream(file);
    std::array<std::byte, 1000> block{};
    while (stream->read(block) == block.size()) {
    }
  });
}

inline void replay_safetensors(const std::uint8_t* data, std::size_t size) {
  expect_input_error_or_success([&] { event::read_safetensors(*bytes_of(data, size)); });
}

inline void replay_detector(const std::uint8_t* data, std::size_t size) {
  expect_input_error_or_success(
      [&] { detector::parse_detector(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz"); });
}

}  // namespace difftrack::fuzz
