// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/image/bin_protons.hpp"
#include "difftrack/image/filtered_back_projection.hpp"
#include "difftrack/image/hull.hpp"
#include "difftrack/image/make_image.hpp"
#include "difftrack/image/views.hpp"
#include "difftrack/image/volume.hpp"

namespace difftrack::image {

/// How far the image of a scan is from what it should be, L = half the mean over voxels of (RSP - reference)², and what
/// every proton's WEPL does to it.
///
/// With paths and cuts as they are, the image is linear in the WEPLs: means over cells, holes filled, filter, back
/// projection. So dL/dW of all protons is one pass backwards, by the transposed of each step. What a WEPL does to paths
/// and cuts is left out of the gradient, and is in with().
///
/// Holds all views: for checks and training on small scans.
class ImageLoss {
 public:
  /// `views` of one scan with their weights (view_weights); the reference is on the grid of `config`, its mean over
  /// the slice. Throws InputError for a reference of another shape and for options out of range.
  ImageLoss(const detector::Detector& detector, const ImageConfig& config, Hull hull, std::vector<View> views,
            std::span<const double> weights, Volume reference, int threads);

  double value() const { return value_; }             ///< L
  const Volume& image() const { return image_; }      ///< relative stopping power
  std::size_t size() const { return views_.size(); }  ///< number of views
  const View& view(std::size_t v) const { return views_[v].view; }
  const PreparedView& prepared(std::size_t v) const { return views_[v].prepared; }

  /// dL/dW [1/mm] of every proton of a view. Those that the cuts drop have what they would have in the image as it is.
  std::vector<float> gradient(std::size_t v) const;

  /// L with other protons in one view: new paths, new cuts, a new image.
  double with(std::size_t v, const Protons& protons) const;

 private:
  struct Held {
    View view;
    PreparedView prepared;
    Projection projection;  // holes filled
    double weight;
  };
  Held hold(View view, double weight) const;
  double loss_of(const std::vector<float>& image) const;

  PathFinder finder_;
  RobustCuts cuts_;
  BinProtons bin_;
  FilteredBackProjection none_;  // of no view yet
  Hull hull_;
  std::vector<Held> views_;
  Volume reference_, image_;
  double value_ = 0.0;
  int threads_;
};

}  // namespace difftrack::image
