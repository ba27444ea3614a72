// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/image_loss.hpp"

#include <string>
#include <utility>

#include "difftrack/core/error.hpp"

namespace difftrack::image {

ImageLoss::ImageLoss(const detector::Detector& detector, const ImageConfig& config, Hull hull, std::vector<View> views,
                     std::span<const double> weights, Volume reference, int threads)
    : finder_((core::check_fields(config, ""), detector), config.paths),
      cuts_(config.cuts),
      bin_({config.grid, config.splat, config.paths.beam.steering_distance}),
      none_({config.grid, config.window, config.paths.beam.steering_distance}),
      hull_(std::move(hull)),
      reference_(std::move(reference)),
      threads_(threads) {
  if (reference_.counts != none_.image().counts)
    throw core::InputError({"", "reference", std::to_string(reference_.size()) + " voxels"},
                           "is on another grid than the image");
  if (views.size() != weights.size())
    throw core::InputError({"", "weights", std::to_string(weights.size())}, "need one per view");
  FilteredBackProjection fbp = none_;
  for (std::size_t v = 0; v < views.size(); ++v) {
    views_.push_back(hold(std::move(views[v]), weights[v]));
    fbp.add(views_.back().projection, weights[v], threads_);
  }
  image_ = fbp.image();
  value_ = loss_of(image_.values);
}

ImageLoss::Held ImageLoss::hold(View view, double weight) const {
  CutCounts counts;
  PreparedView prepared = prepare(view, finder_, cuts_, hull_, threads_, counts);
  Projection projection = bin_(prepared.paths, view.protons.wepl, prepared.keep, view.rotation, threads_);
  fill_empty(projection);
  return {std::move(view), std::move(prepared), std::move(projection), weight};
}

double ImageLoss::loss_of(const std::vector<float>& image) const {
  double sum = 0.0;
  for (std::size_t i = 0; i < image.size(); ++i) {
    const double off = static_cast<double>(image[i] - reference_.values[i]);
    sum += off * off;
  }
  return 0.5 * sum / static_cast<double>(image.size());
}

std::vector<float> ImageLoss::gradient(std::size_t v) const {
  Volume by_image = image_;
  const auto n = static_cast<float>(image_.size());
  for (std::size_t i = 0; i < image_.size(); ++i) by_image.values[i] = (image_.values[i] - reference_.values[i]) / n;
  const Held& held = views_[v];
  std::vector<float> by_wepl = none_.gradient(by_image, held.projection, held.weight, threads_);
  gather_filled(held.projection, by_wepl);
  return bin_.gradient(held.projection, by_wepl, held.prepared.paths, {}, threads_);
}

double ImageLoss::with(std::size_t v, const Protons& protons) const {
  const Held& old = views_[v];
  const Held held = hold({old.view.rotation, protons, 0}, old.weight);
  Projection difference = held.projection;
  for (std::size_t c = 0; c < difference.wepl.size(); ++c) difference.wepl[c] -= old.projection.wepl[c];
  FilteredBackProjection fbp = none_;
  fbp.add(std::move(difference), old.weight, threads_);
  std::vector<float> image = image_.values;
  for (std::size_t i = 0; i < image.size(); ++i) image[i] += fbp.image().values[i];
  return loss_of(image);
}

}  // namespace difftrack::image
