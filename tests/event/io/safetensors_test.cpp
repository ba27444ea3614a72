// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/safetensors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/event/made_files.hpp"

namespace difftrack::event {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string file_with(const std::string& header, const std::string& data) {
  return raw(static_cast<std::uint64_t>(header.size())) + header + data;
}
std::string error_for(const std::string& header, const std::string& data) {
  return error_of([&] { read_safetensors(*file_of(file_with(header, data), "m.safetensors")); });
}

TEST(SafeTensors, WhatIsWrittenReadsBack) {
  const TemporaryFolder folder;
  SafeTensors content;
  content.metadata = {{"kind", "line_graph"}, {"note", "\"quoted\" ü"}};
  content.tensors["R1.weight"] = {{2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}};
  content.tensors["steps"] = {{}, std::vector<std::int64_t>{1LL << 60}};
  content.tensors["wide"] = {{1}, std::vector<double>{1e-300}};
  content.tensors["none"] = {{0, 4}, std::vector<float>{}};
  write_safetensors(folder / "m.safetensors", content);
  const SafeTensors back = read_safetensors(folder / "m.safetensors");
  EXPECT_EQ(back.metadata, content.metadata);
  ASSERT_EQ(back.tensors.size(), 4U);
  for (const auto& [name, tensor] : content.tensors) {
    EXPECT_EQ(back.tensors.at(name).shape, tensor.shape) << name;
    EXPECT_EQ(back.tensors.at(name).values, tensor.values) << name;
  }
  content.tensors["R1.weight"].shape = {7};
  EXPECT_THAT(error_of([&] { write_safetensors(folder / "bad.safetensors", content); }), HasSubstr("R1.weight = '6'"));
  EXPECT_FALSE(std::filesystem::exists(folder / "bad.safetensors"));
}

TEST(SafeTensors, HalfPrecisionBecomesFloat) {
  const auto content = read_safetensors(*file_of(file_with(
      R"({"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[4,6]}})",
      raw<std::uint16_t>(0x3c00, 0xc580, 0x3fc0))));
  EXPECT_THAT(content.tensors.at("h").floats(), ElementsAre(1.0F, -5.5F));
  EXPECT_THAT(content.tensors.at("b").floats(), ElementsAre(1.5F));
}

TEST(SafeTensors, BadFilesGiveOneClearSentence) {
  EXPECT_THAT(error_of([] { read_safetensors(*file_of("1234", "m.safetensors")); }),
              HasSubstr("m.safetensors: is truncated"));
  EXPECT_THAT(error_of([] { read_safetensors(*file_of(raw(std::uint64_t{1} << 60) + "{}", "m")); }),
              HasSubstr("longer than the file"));
  EXPECT_THAT(error_for("[1]", ""), HasSubstr("no JSON object"));
  EXPECT_THAT(error_for("{\"a\":", ""), HasSubstr("no JSON object"));
  const auto tensor = [](const std::string& type, const std::string& shape, const std::string& offsets) {
    return "{\"w\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
  };
  EXPECT_THAT(error_for(tensor("F32", "[2]", "[0,8]"), "1234"), HasSubstr("w = '[0, 8]': lies outside the 4 bytes"));
  EXPECT_THAT(error_for(tensor("F32", "[2]", "[8,0]"), "12345678"), HasSubstr("lies outside"));
  EXPECT_THAT(error_for(tensor("F32", "[3]", "[0,8]"), "12345678"),
              HasSubstr("w = '8 bytes': does not fit its shape of 3"));
  EXPECT_THAT(error_for(tensor("Q4", "[3]", "[0,8]"), "12345678"), HasSubstr("w = 'Q4': is a type that is not read"));
  EXPECT_THAT(error_for(tensor("F32", "[-1]", "[0,8]"), "12345678"), HasSubstr("whole number"));
  EXPECT_THAT(error_for(tensor("F32", "[4294967296,4294967296,4294967296]", "[0,8]"), "12345678"),
              HasSubstr("too large"));
  EXPECT_THAT(error_for(tensor("F32", "[0,18446744073709551615]", "[0,0]"), ""), HasSubstr("too large"));
  EXPECT_THAT(error_for(tensor("F32", "[1]", "[4,8]"), "12345678"), HasSubstr("leaves a hole"));
  EXPECT_THAT(error_for(tensor("F32", "[1]", "[0,4]"), "12345678"), HasSubstr("the tensors take 4"));
  EXPECT_THAT(
      error_for(
          R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
          "12345678"),
      HasSubstr("overlaps another tensor"));
  EXPECT_THAT(error_for(R"({"__metadata__":{"a":1}})", ""), HasSubstr("__metadata__.a: must be text"));
  EXPECT_THAT(error_for(R"({"w":{"dtype":"F32"}})", ""), HasSubstr("must have dtype, shape and data_offsets"));
}

}  // namespace
}  // namespace difftrack::event
