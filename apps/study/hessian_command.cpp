// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "apps/study/report.hpp"
#include "apps/study/request.hpp"
#include "difftrack/study/hessian.hpp"
#ifdef DIFFTRACK_HAS_TORCH
#include "apps/study/reference_products.hpp"
#endif

namespace difftrack::study_app {

namespace {

using Options = TableOptions<study::HessianConfig>;

constexpr std::int64_t kTraceBatch = 20;  // probes between two looks at the standard error
constexpr std::uint64_t kTraceStream = 1U << 20U, kCheckStream = 1U << 21U;

study::DifferenceProducts differences(const study::HessianConfig& config, const study::Model& model,
                                      const study::FrameSet& frames) {
  const study::HessianLoss& loss = config.loss;
  const study::HessianTarget target = study::hessian_target(model, frames, loss, config.seed);
  return {model, frames, target.loss, loss.norm, 1, loss.step, loss.pattern};
}

/// H v of one model over one set of frames, on the calling thread.
study::Product products(const study::HessianConfig& config, const study::Model& model, const study::FrameSet& frames) {
  if (config.products == study::HessianProducts::Reference) {
#ifdef DIFFTRACK_HAS_TORCH
    return reference_products(model, frames, config.loss, config.seed);
#else
    throw core::InputError({"", "products", "reference"}, "needs LibTorch, which this program was built without");
#endif
  }
  return differences(config, model, frames);
}

/// Numbers of the ends of a spectrum, in a row.
std::vector<double> to_numbers(const study::SpectrumEnds& ends) {
  std::vector<double> numbers{static_cast<double>(ends.products), ends.converged ? 1.0 : 0.0};
  for (const study::Eigenpairs* pairs : {&ends.largest, &ends.smallest}) {
    numbers.push_back(static_cast<double>(pairs->values.size()));
    for (std::size_t k = 0; k < pairs->values.size(); ++k) {
      numbers.insert(numbers.end(), {pairs->values[k], pairs->residuals[k], static_cast<double>(pairs->cluster[k])});
      numbers.insert(numbers.end(), pairs->vectors[k].begin(), pairs->vectors[k].end());
    }
  }
  return numbers;
}

study::SpectrumEnds ends_from(const std::vector<double>& numbers, std::size_t n) {
  study::SpectrumEnds ends;
  auto at = numbers.begin();
  ends.products = static_cast<std::int32_t>(*at++);
  ends.converged = *at++ != 0.0;
  for (study::Eigenpairs* pairs : {&ends.largest, &ends.smallest}) {
    const auto count = static_cast<std::size_t>(*at++);
    for (std::size_t k = 0; k < count; ++k) {
      pairs->values.push_back(*at++);
      pairs->residuals.push_back(*at++);
      pairs->cluster.push_back(static_cast<std::int32_t>(*at++));
      pairs->vectors.emplace_back(at, at + static_cast<std::ptrdiff_t>(n));
      at += static_cast<std::ptrdiff_t>(n);
    }
  }
  return ends;
}

std::vector<double> to_numbers(const study::Quadrature& probe) {
  std::vector<double> numbers = probe.nodes;
  numbers.insert(numbers.end(), probe.weights.begin(), probe.weights.end());
  numbers.insert(numbers.end(), {probe.quadratic, probe.square});
  return numbers;
}

study::Quadrature quadrature_from(const std::vector<double>& numbers) {
  const auto m = static_cast<std::ptrdiff_t>((numbers.size() - 2) / 2);
  return {{numbers.begin(), numbers.begin() + m},
          {numbers.begin() + m, numbers.begin() + 2 * m},
          numbers[numbers.size() - 2],
          numbers.back()};
}

/// Everything about one model's Hessian.
struct ModelSpectrum {
  study::SpectrumEnds ends;
  std::optional<study::SpectrumEnds> second;  // on the other frames
  std::vector<study::Quadrature> probes;
  std::vector<std::vector<double>> trace;        // per probe: contribution of each tensor
  double agreement = 0.0, along_gradient = 0.0;  // of the difference quotients: of a random v and of ∇L
  double at_random = 0.0;                        // ‖Hv‖/‖v‖ of a random v
};

/// The lists of tasks of one model. Nothing when results are missing.
class Spectra {
 public:
  Spectra(const Options& options, const study::FrameSet& frames, const study::FrameSet* second, core::WorkQueue& queue)
      : options_(options), frames_(frames), second_(second), queue_(queue) {}

  std::optional<ModelSpectrum> operator()(const study::Model& model) const {
    const study::HessianConfig& config = options_.config;
    const std::size_t n = model.values.size();
    const auto seed = static_cast<std::uint64_t>(config.seed);
    const std::int64_t first_probe = second_ != nullptr ? 3 : 2;
    const study::Product product = products(config, model, frames_);  // its patterns are recorded once
    const auto results =
        queue_.run(model.name + "_spectrum", first_probe + config.density_probes, [&](std::int64_t index, int) {
          if (index == 0) return core::to_bytes(to_numbers(ends(model, product)));
          if (index == 1) return core::to_bytes(check(model));
          if (index < first_probe) return core::to_bytes(to_numbers(ends(model, products(config, model, *second_))));
          return core::to_bytes(to_numbers(study::quadrature(
              product, n, seed, static_cast<std::uint64_t>(index - first_probe), config.density_steps)));
        });
    if (!results) return std::nullopt;
    ModelSpectrum spectrum;
    spectrum.ends = ends_from(core::from_bytes((*results)[0]), n);
    const std::vector<double> checked = core::from_bytes((*results)[1]);
    spectrum.agreement = checked[0];
    spectrum.at_random = checked[1];
    spectrum.along_gradient = checked[2];
    if (second_ != nullptr) spectrum.second = ends_from(core::from_bytes((*results)[2]), n);
    for (std::size_t k = static_cast<std::size_t>(first_probe); k < results->size(); ++k)
      spectrum.probes.push_back(quadrature_from(core::from_bytes((*results)[k])));
    return trace(model, product, spectrum) ? std::optional(spectrum) : std::nullopt;
  }

 private:
  study::SpectrumEnds ends(const study::Model& model, const study::Product& product) const {
    const study::HessianConfig& config = options_.config;
    return study::LanczosEnds({config.top, config.max_steps, config.tolerance,
                               static_cast<std::uint64_t>(config.seed)})(product, model.values.size());
  }

  /// Agreement of the difference quotients with those of a third of the step, and how much there is of H.
  std::vector<double> check(const study::Model& model) const {
    const study::HessianConfig& config = options_.config;
    const study::Vector v =
        study::normal_vector(model.values.size(), static_cast<std::uint64_t>(config.seed), kCheckStream);
    if (config.products == study::HessianProducts::Reference)
      return {0.0, study::norm(products(config, model, frames_)(v)) / study::norm(v), 0.0};
    const study::DifferenceProducts product = differences(config, model, frames_);
    return {product.agreement(v), study::norm(product(v)) / study::norm(v),
            product.agreement(product.at_model().gradient)};
  }

  /// Hutchinson's probes, in batches until their standard error is small enough.
  bool trace(const study::Model& model, const study::Product& product, ModelSpectrum& spectrum) const {
    const study::HessianConfig& config = options_.config;
    for (std::int64_t n = 0; n < config.trace_probes;) {
      n = std::min<std::int64_t>(n + kTraceBatch, config.trace_probes);
      const auto results = queue_.run(model.name + "_trace", n, [&](std::int64_t index, int) {
        const study::Vector v = study::sign_probe(model.values.size(), static_cast<std::uint64_t>(config.seed),
                                                  kTraceStream + static_cast<std::uint64_t>(index));
        return core::to_bytes(study::per_tensor(model.layout, v, product(v)));
      });
      if (!results) return false;
      spectrum.trace.clear();
      std::vector<double> sums;
      for (const std::string& each : *results) {
        spectrum.trace.push_back(core::from_bytes(each));
        double sum = 0.0;
        for (const double part : spectrum.trace.back()) sum += part;
        sums.push_back(sum);
      }
      const study::MeanAndError mean = study::mean_and_error(sums);
      if (mean.error <= config.trace_error * std::abs(mean.mean)) break;
    }
    return true;
  }

  const Options& options_;
  const study::FrameSet& frames_;
  const study::FrameSet* second_;
  core::WorkQueue& queue_;
};

Json to_json(const study::Eigenpairs& pairs) {
  Json json = Json::array();
  for (std::size_t k = 0; k < pairs.values.size(); ++k)
    json.push_back({{"value", pairs.values[k]}, {"residual", pairs.residuals[k]}, {"cluster", pairs.cluster[k]}});
  return json;
}

Json trace_json(const study::Model& model, const std::vector<std::vector<double>>& probes) {
  Json json;
  std::vector<double> sums;
  for (const auto& parts : probes) {
    double sum = 0.0;
    for (const double part : parts) sum += part;
    sums.push_back(sum);
  }
  const study::MeanAndError all = study::mean_and_error(sums);
  json = {{"value", all.mean}, {"standard_error", all.error}, {"probes", probes.size()}};
  for (std::size_t t = 0; t < model.layout.parameters.size(); ++t) {
    std::vector<double> of_tensor;
    for (const auto& parts : probes) of_tensor.push_back(parts[t]);
    const study::MeanAndError mean = study::mean_and_error(of_tensor);
    json["tensors"][model.layout.parameters[t].name] = {{"value", mean.mean}, {"standard_error", mean.error}};
  }
  return json;
}

Json to_json(const study::Model& model, const ModelSpectrum& spectrum, event::NpzWriter& arrays) {
  Json json{{"name", model.name},
            {"products", spectrum.ends.products},
            {"converged", spectrum.ends.converged},
            {"step_agreement", spectrum.agreement},
            {"step_agreement_along_gradient", spectrum.along_gradient},
            {"length_of_random_product", spectrum.at_random},
            {"largest", to_json(spectrum.ends.largest)},
            {"smallest", to_json(spectrum.ends.smallest)}};
  if (spectrum.second) {
    json["second_frames"] = {
        {"largest", to_json(spectrum.second->largest)},
        {"absolute_cosines", study::absolute_cosines(spectrum.ends.largest.vectors, spectrum.second->largest.vectors)}};
  }
  if (!spectrum.trace.empty()) json["trace"] = trace_json(model, spectrum.trace);
  add_rows(arrays, model.name + "/largest_vectors", spectrum.ends.largest.vectors);
  add_rows(arrays, model.name + "/smallest_vectors", spectrum.ends.smallest.vectors);
  if (!spectrum.probes.empty()) {
    const study::Density density = study::spectral_density(spectrum.probes);
    json["density_sigma"] = density.sigma;
    arrays.add(model.name + "/density_x", density.x);
    arrays.add(model.name + "/density", density.density);
    arrays.add(model.name + "/density_error", density.error);
    std::vector<double> nodes, weights;
    for (const study::Quadrature& probe : spectrum.probes) {
      nodes.insert(nodes.end(), probe.nodes.begin(), probe.nodes.end());
      for (const double weight : probe.weights) weights.push_back(weight / static_cast<double>(spectrum.probes.size()));
    }
    arrays.add(model.name + "/nodes", nodes);
    arrays.add(model.name + "/weights", weights);
  }
  return json;
}

void tell(const study::Model& model, const ModelSpectrum& spectrum, const Json& json) {
  fmt::print("{}: largest", model.name);
  for (std::size_t k = 0; k < std::min<std::size_t>(3, spectrum.ends.largest.values.size()); ++k)
    fmt::print(" {:.4g}", spectrum.ends.largest.values[k]);
  fmt::print(", smallest {:.4g}", spectrum.ends.smallest.values.front());
  if (json.contains("trace"))
    fmt::print(", trace {:.4g} +- {:.2g}", json["trace"]["value"].get<double>(),
               json["trace"]["standard_error"].get<double>());
  fmt::print(
      " ({} products{}; a third of the step changes {:.2g} % of a random vector's, {:.2g} % of the gradient's)\n",
      spectrum.ends.products, spectrum.ends.converged ? "" : ", not converged", 100.0 * spectrum.agreement,
      100.0 * spectrum.along_gradient);
}

void run_hessian(const Options& options, const std::vector<NamedList>& lists, Run& run) {
  const auto models = run.models(lists[0].values);
  const study::FrameSet frames = run.frames(lists[1].values, options.source);
  std::optional<study::FrameSet> second;
  if (!lists[2].values.empty()) second = run.frames(lists[2].values, options.source, "second_frames");
  std::vector<study::HessianTarget> targets;
  for (const study::Model& model : models)
    targets.push_back(study::hessian_target(model, frames, options.config.loss, options.config.seed));
  core::WorkQueue queue = run.queue("tasks");
  const Spectra spectra(options, frames, second ? &*second : nullptr, queue);
  std::vector<ModelSpectrum> all;
  for (const study::Model& model : models) {
    auto spectrum = spectra(model);
    if (!spectrum) return run.tell_incomplete(queue);
    all.push_back(std::move(*spectrum));
  }
  if (!run.reports()) return;
  Json report = begin_report(run, models, frames);
  event::NpzWriter arrays(run.path("arrays.npz"));
  for (std::size_t m = 0; m < models.size(); ++m) {
    Json json = to_json(models[m], all[m], arrays);
    json["segments"] = targets[m].segments;
    if (targets[m].factors >= 0) json["nonzero_factors"] = targets[m].factors;
    if (!run.options().quiet) tell(models[m], all[m], json);
    report["spectra"].push_back(json);
  }
  finish_report(run, report, arrays);
}

}  // namespace

void add_hessian_command(CLI::App& app, std::function<void()>& run) {
  add_command<study::HessianConfig>(
      app, run, "hessian", "both ends of the Hessian's spectrum, its trace and its density",
      {{"models", "Models (safetensors) of one architecture."},
       {"frames", "Frames over which the loss is a mean.", true},
       {"second_frames", "Other frames, to see how much eigenvectors depend on them.", true}},
      "Example:\n"
      "  difftrack study hessian --models models/study/ptt_1.safetensors --frames data/water100_train.npz:0:10\n"
      "      data/water150_train.npz:0:10 data/water200_train.npz:0:10 -o runs/hessian",
      run_hessian);
}

}  // namespace difftrack::study_app
