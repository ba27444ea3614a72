// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/commands.hpp"
#include "apps/cli/interruptible.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/cli/reference_options.hpp"
#include "difftrack/core/atomic_file.hpp"
#include "difftrack/event/io/meta_image.hpp"
#include "difftrack/image/score_report.hpp"

namespace difftrack::cli {

namespace {

struct Options {
  std::string image, reference, against, json, page;
  ReferenceConfig phantom;
  image::ScoreConfig score;
  int threads = 0;
  bool quiet = false;
};

image::Volume read_volume(const std::string& path) {
  event::MetaImage read = event::read_meta_image(path);
  return {read.counts, read.spacing, std::move(read.values)};
}

event::ReferenceImage reference_for(const Options& options, const image::Volume& image) {
  if (!options.reference.empty()) {
    event::MetaImage read = event::read_meta_image(options.reference);
    if (read.spacing != image.spacing)
      throw core::InputError({options.reference, "ElementSpacing", fmt::format("{:g}", read.spacing[0])},
                             fmt::format("is not that of the image, {:g} mm", image.spacing[0]));
    return {read.counts, read.spacing, std::move(read.values), {}};
  }
  return reference_of_phantom(options.phantom, image.counts, image.spacing, options.threads);
}

void score(const Options& options) {
  check_outputs({options.json, options.page}, {options.image, options.reference, options.against});
  const image::Volume image = read_volume(options.image);
  const event::ReferenceImage reference = reference_for(options, image);
  const image::ImageScore score = image::score_image(image, reference, options.score);
  std::optional<image::Comparison> beside;
  if (!options.against.empty())
    beside = image::compare_images(image, read_volume(options.against), reference, options.score);
  const auto write = [](const std::string& path, const std::string& text) {
    if (path.empty()) return;
    core::AtomicFile file(path);
    file.write(text);
    file.commit();
  };
  write(options.json, image::score_json(score, beside));
  write(options.page,
        image::score_page(std::filesystem::path(options.image).filename().string(), image, reference, score, beside));
  if (!options.quiet) fmt::print("{}", image::score_table(score, beside));
}

}  // namespace

void add_score_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("score", "an image of a known phantom against what it should be");
  auto options = std::make_shared<Options>();
  command->add_option("image", options->image, "The image, a MetaImage (.mha) of relative stopping power.")->required();
  command->add_option("--reference", options->reference, "What it should be, where no phantom says it: a MetaImage.");
  command->add_option("--against", options->against, "An image of the same scan, for noise and difference.");
  command->add_option("--json", options->json, "File to write the figures to, too.");
  command->add_option("--page", options->page, "Page to write, with pictures (.html).");
  command->add_option("--threads", options->threads, "Number of threads, without effect on the result; 0: all cores.");
  command->add_flag("-q,--quiet", options->quiet, "Nothing printed but errors.");
  add_field_options(*command, options->phantom, "What it should be");
  add_field_options(*command, options->score, "Score");
  command->footer(
      "Examples:\n"
      "  difftrack score image.mha --phantom ctp404 --page score.html\n"
      "  difftrack score ours.mha --phantom ctp404 --against truth.mha\n"
      "  difftrack score mine.mha --reference ct.mha");
  command->callback([options, command, &run] {
    const bool phantom = !options->phantom.phantom.phantom.empty();
    if (phantom == !options->reference.empty())
      throw core::InputError({"", phantom ? "--reference" : "--phantom", options->reference},
                             phantom ? "is of no use beside --phantom; one of them says what the image should be"
                                     : "or --reference has to say what the image should be");
    if (!phantom) refuse_field_options<ReferenceConfig>(*command, "is of no use to --reference");
    if (phantom && options->phantom.phantom.phantom == "none")
      throw core::InputError({"", "--phantom", "none"}, "has nothing to be compared with");
    run = [options] { run_interruptible([&] { score(*options); }); };
  });
}

}  // namespace difftrack::cli
