// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/image_loss.hpp"

#include <string>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/event/columns.hpp"

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
    std::vector<Path> paths = find_paths(views[v].protons, finder_, hull_, Rotation(views[v].rotation), threads_);
    views_.push_back(hold(std::move(views[v]), std::move(paths), weights[v]));
    fbp.add(views_.back().projection, weights[v], threads_);
  }
  image_ = fbp.image();
  value_ = loss_of(image_.values);
}

ImageLoss::Held ImageLoss::hold(View view, std::vector<Path> paths, double weight) const {
  CutCounts counts;
  PreparedView prepared{view.rotation, std::move(paths), {}};
  prepared.keep = cuts_(view.protons, prepared.paths, counts);
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

std::vector<float> ImageLoss::by_cell(const Held& held) const {
  Volume by_image = image_;
  const auto n = static_cast<float>(image_.size());
  for (std::size_t i = 0; i < image_.size(); ++i) by_image.values[i] = (image_.values[i] - reference_.values[i]) / n;
  std::vector<float> by_wepl = none_.gradient(by_image, held.projection, held.weight, threads_);
  gather_filled(held.projection, by_wepl);
  return by_wepl;
}

std::vector<float> ImageLoss::gradient(std::size_t v) const {
  const Held& held = views_[v];
  return bin_.gradient(held.projection, by_cell(held), held.prepared.paths, {}, threads_);
}

std::vector<double> ImageLoss::worth(std::size_t v, const Protons& others, bool cuts) const {
  const Held& held = views_[v];
  const std::vector<Path> paths = find_paths(others, finder_, hull_, Rotation(held.view.rotation), threads_);
  std::vector<std::uint8_t> keep;
  if (cuts) keep = cuts_.among(held.view.protons, held.prepared.paths, others, paths);
  std::vector<float> by_wepl = by_cell(held);
  const std::vector<float> per_mm = bin_.gradient(held.projection, by_wepl, paths, keep, threads_);
  for (std::size_t c = 0; c < by_wepl.size(); ++c) by_wepl[c] *= held.projection.wepl[c];
  const std::vector<float> at_mean = bin_.gradient(held.projection, by_wepl, paths, keep, threads_);
  std::vector<double> result(others.size());
  for (std::size_t i = 0; i < others.size(); ++i)
    result[i] = static_cast<double>(per_mm[i]) * static_cast<double>(others.wepl[i]) - static_cast<double>(at_mean[i]);
  return result;
}

double ImageLoss::change(std::size_t v, std::size_t first, std::size_t last, const Protons& others) const {
  const Held& old = views_[v];
  const Protons& protons = old.view.protons;
  if (first > last || last > protons.size())
    throw core::InputError({"", "first, last", std::to_string(first) + ", " + std::to_string(last)},
                           "is no part of the " + std::to_string(protons.size()) + " protons of the view");
  Protons all;
  event::append_rows(all, protons, 0, first);
  event::append_rows(all, others);
  event::append_rows(all, protons, last, protons.size());
  const std::vector<Path>& known = old.prepared.paths;
  std::vector<Path> paths(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(first));
  const std::vector<Path> found = find_paths(others, finder_, hull_, Rotation(old.view.rotation), threads_);
  paths.insert(paths.end(), found.begin(), found.end());
  paths.insert(paths.end(), known.begin() + static_cast<std::ptrdiff_t>(last), known.end());
  const Held held = hold({old.view.rotation, std::move(all), 0}, std::move(paths), old.weight);
  Projection difference = held.projection;
  for (std::size_t c = 0; c < difference.wepl.size(); ++c) difference.wepl[c] -= old.projection.wepl[c];
  FilteredBackProjection fbp = none_;
  fbp.add(std::move(difference), old.weight, threads_);
  double sum = 0.0;
  for (std::size_t i = 0; i < image_.size(); ++i) {
    const double off = static_cast<double>(image_.values[i] - reference_.values[i]),
                 by = static_cast<double>(fbp.image().values[i]);
    sum += by * (off + 0.5 * by);
  }
  return sum / static_cast<double>(image_.size());
}

}  // namespace difftrack::image
