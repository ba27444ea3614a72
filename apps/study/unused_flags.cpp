// SPDX-License-Identifier: Apache-2.0
#include "apps/study/unused_flags.hpp"

#include <initializer_list>
#include <string>

#include "apps/cli/options.hpp"

namespace difftrack::study_app {

namespace {

void refuse(const CLI::App& app, bool unused, std::initializer_list<const char*> flags, const std::string& without) {
  if (!unused) return;
  for (const char* flag : flags) cli::refuse_option(app, flag, "is of no use without " + without);
}

void refuse(const CLI::App& app, const study::HessianLoss& loss) {
  refuse(app, loss.loss != study::LossKind::Surrogate, {"--lambda"}, "--loss surrogate");
  refuse(app, loss.loss != study::LossKind::Smooth, {"--temperature", "--samples"}, "--loss smooth");
}

}  // namespace

void refuse_unused(const CLI::App& app, const study::HessianConfig& config) {
  refuse(app, config.loss);
  refuse(app, config.products != study::HessianProducts::Differences, {"--step", "--pattern"},
         "--products differences");
  refuse(app, config.trace_probes == 0, {"--trace-error"}, "--trace-probes");
  refuse(app, config.density_probes == 0, {"--density-steps"}, "--density-probes");
}

void refuse_unused(const CLI::App& app, const study::LandscapeConfig& config) {
  using study::DirectionKind;
  const bool hessian = config.directions == DirectionKind::Hessian;
  if (!hessian) cli::refuse_field_options<study::HessianLoss>(app, "is of no use without --directions hessian");
  refuse(app, config.hessian);
  refuse(app, !hessian && config.directions != DirectionKind::Random, {"--seed"}, "--directions hessian or random");
  refuse(app, config.directions != DirectionKind::File, {"--direction-file"}, "--directions file");
  refuse(app, config.statistics != study::Statistics::Recomputed, {"--recompute-frames"}, "--statistics recomputed");
  refuse(app, !config.refine, {"--refine-ratio", "--refine-levels"}, "--refine");
}

void refuse_unused(const CLI::App& app, const study::ConnectConfig& config) {
  refuse(app, config.curve == study::CurveKind::Linear,
         {"--loss", "--bends", "--steps", "--frames-per-step", "--learning-rate", "--alpha", "--lambda", "--seed"},
         "--curve bezier or chain");
  refuse(app, config.loss != study::CurveLoss::Hamming, {"--lambda"}, "--loss hamming");
  refuse(app, config.statistics != study::Statistics::Recomputed, {"--recompute-frames"}, "--statistics recomputed");
}

void refuse_unused(const CLI::App& app, const study::SimilarityConfig& config) {
  refuse(app, config.sampling != study::Sampling::Published, {"--seed"}, "--sampling published");
}

void refuse_unused(const CLI::App&, const study::StabilityConfig&) {}

}  // namespace difftrack::study_app
