// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/models.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/safetensors.hpp"
#include "tests/core/temporary_folder.hpp"
#include "tests/problems/frames.hpp"
#include "tests/study/study_fixture.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::study {
namespace {

using ::testing::HasSubstr;

std::string study_file(const std::string& name) { return paths::source() + "/models/study/" + name + ".safetensors"; }

std::string sentence(const std::function<void()>& call) {
  try {
    call();
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Models, AreFlatVectorsThatGoBackIntoFiles) {
  const Model model = trained("pat_lambda_50_3");
  EXPECT_EQ(model.name, "pat_lambda_50_3");
  EXPECT_EQ(model.group, "pat_lambda_50");
  EXPECT_EQ(model.values.size(), 4961U);
  const core::TemporaryFolder folder;
  write_point(folder / "again_7.safetensors", model, model.values);
  const Model again = read_model(folder / "again_7.safetensors");
  EXPECT_EQ(again.values, model.values);
  EXPECT_EQ(again.statistics, model.statistics);
  EXPECT_EQ(fingerprint(again), fingerprint(model));
  EXPECT_NE(fingerprint(trained("ptt_1")), fingerprint(model));
}

TEST(Models, ReadsCheckpointsThatNameTheirExperiment) {
  const Model model = trained("ptt_1");
  event::SafeTensors content;
  content.tensors["parameters"] = {{4961}, std::vector<float>(model.values.begin(), model.values.end())};
  content.tensors["statistics"] = {{static_cast<std::int64_t>(model.statistics.size())}, model.statistics};
  const core::TemporaryFolder folder;
  event::write_safetensors(folder / "bare.safetensors", content);
  EXPECT_THAT(sentence([&] { read_model(folder / "bare.safetensors"); }), HasSubstr("without its experiment"));
  content.metadata["options"] = "model.network = line_graph\nmodel.hidden = 16\n";
  event::write_safetensors(folder / "full.safetensors", content);
  EXPECT_EQ(read_model(folder / "full.safetensors").values, model.values);
  content.metadata["options"] = "model.network = line_graph\nmodel.hidden = 32\n";
  event::write_safetensors(folder / "other.safetensors", content);
  EXPECT_THAT(sentence([&] { read_model(folder / "other.safetensors"); }), HasSubstr("do not fit"));
  content.metadata["options"] = "model.network = line_graph\nmodel.hidden = 16\nmodel.kink_gate = -4\n";
  event::write_safetensors(folder / "gated.safetensors", content);
  EXPECT_THAT(sentence([&] { read_model(folder / "gated.safetensors"); }),
              HasSubstr("kink_gate = '-4': is of a network on gated kinks"));
}

TEST(Models, OfDifferentArchitecturesAreRefused) {
  EXPECT_THAT(sentence([] {
                read_models({study_file("ptt_1"), study_file("hit_graph_ptt_1")});
              }),
              HasSubstr("another architecture"));
  EXPECT_THAT(sentence([] { read_models({study_file("ptt_1"), study_file("ptt_1")}); }), HasSubstr("twice"));
  EXPECT_THAT(sentence([] { read_models({}); }), HasSubstr("names no model"));
}

TEST(Frames, AreNamed) {
  const FrameRange range = parse_frame_range("a:b/steps.npz:3:10:30", "--frames");
  EXPECT_EQ(range.file, "a:b/steps.npz");
  EXPECT_EQ(range.first, 3);
  EXPECT_EQ(range.count, 10);
  EXPECT_EQ(range.every, 30);
  EXPECT_EQ(to_text(range), "a:b/steps.npz:3:10:30");
  EXPECT_EQ(to_text(parse_frame_range("x.npz:0:1", "")), "x.npz:0:1");
  for (const char* text : {"x.npz", "x.npz:1", ":0:1", "x.npz:0:0", "x.npz:-1:2", "x.npz:0:1:0", "x.npz:a:b"})
    EXPECT_THAT(sentence([&] { parse_frame_range(text, "--frames"); }), HasSubstr("FILE:FIRST:COUNT")) << text;
}

TEST(Frames, AreReadByNumberAndRefusedBeyondTheEnd) {
  const std::string file = paths::golden() + "/water100_p50_steps.npz";
  const FrameSource source{.per_frame = 10};
  const FrameSet all = read_frames({{file, 0, 4, 1}}, source), some = read_frames({{file, 1, 2, 2}}, source);
  ASSERT_EQ(some.size(), 2U);
  EXPECT_EQ(some.frames[0].frame.hits.x, all.frames[1].frame.hits.x);
  EXPECT_EQ(some.frames[1].frame.hits.x, all.frames[3].frame.hits.x);
  EXPECT_NE(fingerprint(all), fingerprint(some));
  EXPECT_THAT(sentence([&] { read_frames({{file, 0, 400, 1}}, source); }), HasSubstr("there are only"));
}

TEST(Frames, WithoutATrueSegmentGiveNoGradient) {
  const auto detector = detector::read_detector("bergen-dtc");
  const StudyFrame lonely = study_frame(problems::made_frame({{0, 0.0F, 0.0F, 0}, {1, 0.1F, 0.0F, 1}}), detector);
  EXPECT_EQ(std::count(lonely.labels.begin(), lonely.labels.end(), 1), 0);
}

}  // namespace
}  // namespace difftrack::study
