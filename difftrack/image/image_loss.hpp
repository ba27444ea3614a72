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
/// and cuts is left out of gradient(), and is in worth() and change().
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

  /// What one proton more in a view would do to L, to first order: it draws the mean of every cell on its path towards
  /// its own WEPL W, so that the answer is the sum over cells c of dL/dp_c (W - p_c) / n_c, with p_c the mean and n_c
  /// the number of the protons that are there. One entry per proton of `others`, all at the view's rotation. With
  /// `cuts`, 0 for those that the cuts would drop; cells without a proton are left out.
  ///
  /// The worth of a proton that moves or comes to another WEPL is the difference of two such figures, and where neither
  /// path nor cut is another, that is gradient() times the difference of WEPLs.
  std::vector<double> worth(std::size_t v, const Protons& others, bool cuts = true) const;

  /// How much larger L is with `others` in place of the protons [first, last) of a view: new paths, new cuts, a new
  /// image. Throws InputError for a range that is not in the view.
  double change(std::size_t v, std::size_t first, std::size_t last, const Protons& others) const;

 private:
  struct Held {
    View view;
    PreparedView prepared;
    Projection projection;  // holes filled
    double weight;
  };
  Held hold(View view, std::vector<Path> paths, double weight) const;
  std::vector<float> by_cell(const Held& held) const;  // dL/d(mean WEPL), holes handed on
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
