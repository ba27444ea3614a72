// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/swap_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/reconstruct/stream.hpp"

namespace difftrack::reconstruct {

namespace {

// Views in the order of their frames; throws where that order or what an image needs is missing.
class Views {
 public:
  // The number of the view that a frame belongs to.
  std::size_t of(const event::Frame& frame) {
    const auto refuse = [&](const char* name, const std::string& value, const char* why) {
      throw core::InputError({"", fmt::format("{}, frame {}", name, frame.index), value}, why);
    };
    if (!frame.has_rotation) refuse("rotation", "not known", "an image needs it of every frame");
    if (!frame.has_spot) refuse("spot", "not known", "an image needs it of every frame; columns spotX, spotY");
    if (views.empty() || static_cast<double>(frame.rotation) != views.back().rotation) {
      if (!seen_.insert(frame.rotation).second)
        refuse("rotation", fmt::format("{}", frame.rotation), "comes a second time after other rotations");
      views.push_back({static_cast<double>(frame.rotation), {}, 0});
    }
    return views.size() - 1;
  }
  std::vector<image::View> views;

 private:
  std::set<float> seen_;
};

std::size_t below(core::RandomStream& random, std::size_t n) {
  return std::min(n - 1, static_cast<std::size_t>(random.uniform() * static_cast<double>(n)));
}

image::Hull hull_of(const std::vector<image::View>& views, const std::vector<double>& weights,
                    const detector::Detector& detector, const image::ImageConfig& config, int threads) {
  if (config.hull != "found") return image::parse_hull(config.hull, "", "--hull");
  std::size_t at = 0;
  const image::ViewSource source = [&](image::View& view) {
    if (at == views.size()) return false;
    view = views[at++];
    return true;
  };
  const image::Image first = image::back_project(source, weights, detector, config, image::Hull(), threads);
  return image::Hull(image::find_hull(first.rsp, config.hull_threshold));
}

// What is counted of one way in one frame.
struct Counts {
  double told = 0.0, agree = 0.0, size_told = 0.0, size_agree = 0.0, whole = 0.0, whole_agree = 0.0;
};

// The ratio of two counts over frames, with the interval of a ratio whose clusters are the frames.
track::Estimate share_of(const std::vector<Counts>& frames, double Counts::*part, double Counts::*of) {
  double all = 0.0, some = 0.0, square = 0.0, n = 0.0;
  for (const Counts& each : frames) all += each.*of, some += each.*part, n += each.*of > 0.0 ? 1.0 : 0.0;
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  if (all == 0.0) return {kNan, kNan, kNan};
  const double share = some / all;
  if (n < 2.0) return {share, kNan, kNan};
  for (const Counts& each : frames) square += std::pow(each.*part - share * each.*of, 2);
  const double half = track::t_quantile(static_cast<std::int64_t>(n) - 1) * std::sqrt(square * n / (n - 1.0)) / all;
  return {share, std::max(0.0, share - half), std::min(1.0, share + half)};
}

struct Way {
  std::string name;
  std::vector<float> gradient;  // one per segment
};

std::vector<Way> ways_of(const HeldScan& scan, std::size_t number, const ImageGradient& by_wepl,
                         const ImageGradient& by_cuts, const std::vector<double>& lambdas,
                         const SwapCheckConfig& config) {
  const ScanFrame& frame = scan.frames[number];
  const std::vector<float> by_assigned = by_cuts(scan.loss, frame);
  std::vector<Way> ways{{"dL/dY without cuts", by_wepl(scan.loss, frame)}, {"dL/dY", by_assigned}};
  assign::EstimatorConfig estimator;
  estimator.blackbox.convention = assign::Convention::ScaleFree;
  estimator.noise = config.noise;
  const auto add = [&](assign::Estimator kind, const std::string& name) {
    estimator.estimator = kind;
    ways.push_back({name, assign::assignment_gradient(frame.forward, frame.scores, by_assigned, estimator, number)});
  };
  add(assign::Estimator::Identity, "identity");
  for (const double lambda : lambdas) {
    estimator.blackbox.lambda = lambda;
    add(assign::Estimator::Blackbox, fmt::format("blackbox, lambda {:g}", lambda));
  }
  for (const double lambda : lambdas) {
    estimator.blackbox.lambda = lambda;
    add(assign::Estimator::ImplicitMle, fmt::format("implicit_mle, lambda {:g}", lambda));
  }
  return ways;
}

// `count` of them, drawn at random; all where there are fewer, or where it is 0.
std::vector<SegmentSwap> drawn(std::vector<SegmentSwap> swaps, std::int32_t count, core::RandomStream random) {
  const auto n = static_cast<std::size_t>(count);
  if (n == 0 || n >= swaps.size()) return swaps;
  for (std::size_t i = 0; i < n; ++i) std::swap(swaps[i], swaps[i + below(random, swaps.size() - i)]);
  swaps.resize(n);
  return swaps;
}

Counts counted(const Way& way, const std::vector<SegmentSwap>& swaps, const std::vector<double>& changes) {
  Counts counts;
  for (std::size_t i = 0; i < swaps.size(); ++i) {
    const double said = along(swaps[i], way.gradient);
    if (changes[i] == 0.0 || said == 0.0) continue;
    const bool agree = (said > 0.0) == (changes[i] > 0.0);
    counts.told += 1.0, counts.size_told += std::abs(changes[i]);
    if (agree) counts.agree += 1.0, counts.size_agree += std::abs(changes[i]);
    const auto says = [&](std::int32_t s) { return way.gradient[static_cast<std::size_t>(s)] != 0.0F; };
    if (!std::all_of(swaps[i].on.begin(), swaps[i].on.end(), says) ||
        !std::all_of(swaps[i].off.begin(), swaps[i].off.end(), says))
      continue;
    counts.whole += 1.0;
    if (agree) counts.whole_agree += 1.0;
  }
  return counts;
}

}  // namespace

HeldScan hold_scan(FrameFeed& feed, const detector::Detector& detector, network::SegmentScorer scorer,
                   const assign::AssignConfig& assign, const ImageGradient& gradient, const image::ImageConfig& image,
                   image::Volume reference, const SwapCheckConfig& config, int threads,
                   const core::ProgressCallback& progress) {
  core::check_fields(config, "");
  const NetworkReconstruction reconstruct(detector, std::move(scorer), assign);
  Views views;
  std::vector<ScanFrame> frames;
  std::int64_t seen = 0, tracks = 0;
  core::RandomStream random(static_cast<std::uint64_t>(config.swap_seed), 0);
  const auto keep = [&](const event::Frame& frame, std::int32_t, const FrameResult& result) {
    if (result.tracks.size() == 0) return;
    const std::size_t view = views.of(frame);
    image::Protons& protons = views.views[view].protons;
    const std::size_t first = protons.size();
    event::append_rows(protons, gradient.protons(frame, result.graph, result.assigned));
    tracks += static_cast<std::int64_t>(protons.size() - first);
    // Every frame so far has the same chance to be among those that are kept (Vitter's reservoir).
    std::size_t place = frames.size();
    if (++seen > config.frames) {
      place = below(random, static_cast<std::size_t>(seen));
      if (place >= frames.size()) return;
    } else {
      frames.emplace_back();
    }
    frames[place] = {frame, result.graph, probabilities(result.logits), {}, view, first, protons.size()};
  };
  reconstruct_stream(feed, reconstruct, threads, keep, progress);
  if (frames.empty()) throw core::InputError({"", "tracks", "0"}, "there is no track in the files");
  std::sort(frames.begin(), frames.end(),
            [](const ScanFrame& a, const ScanFrame& b) { return a.frame.index < b.frame.index; });
  for (ScanFrame& each : frames) each.forward = assign::assign_layers(each.segments(), each.scores, assign);
  std::vector<double> rotations;
  for (const image::View& view : views.views) rotations.push_back(view.rotation);
  const std::vector<double> weights = image::view_weights(rotations);
  image::Hull hull = hull_of(views.views, weights, detector, image, threads);
  image::check_image(image, hull, tracks);
  // One thread: swaps are what is done side by side.
  return {image::ImageLoss(detector, image, std::move(hull), std::move(views.views), weights, std::move(reference), 1),
          std::move(frames)};
}

SwapCheck check_swaps(const HeldScan& scan, const ImageGradient& by_wepl, const ImageGradient& by_cuts,
                      const std::vector<double>& lambdas, const SwapCheckConfig& config, int threads,
                      const core::ProgressCallback& progress) {
  SwapCheck check;
  std::vector<std::vector<Counts>> counts;  // [way][frame]
  double square = 0.0, size = 0.0;
  for (std::size_t f = 0; f < scan.frames.size(); ++f) {
    const ScanFrame& frame = scan.frames[f];
    std::vector<SegmentSwap> swaps = single_swaps(frame.graph, frame.forward.assigned);
    check.possible += static_cast<std::int64_t>(swaps.size());
    swaps =
        drawn(std::move(swaps), config.swaps, core::RandomStream(static_cast<std::uint64_t>(config.swap_seed), f + 1));
    check.tried += static_cast<std::int64_t>(swaps.size());
    std::vector<double> changes(swaps.size());
    core::parallel_for(static_cast<std::int64_t>(swaps.size()), threads, [&](std::int64_t i) {
      const auto at = static_cast<std::size_t>(i);
      changes[at] = by_cuts.change(scan.loss, frame, swapped(frame.forward.assigned, swaps[at]));
    });
    for (const double change : changes) {
      check.changing += change != 0.0 ? 1 : 0;
      square += change * change, size += std::abs(change);
    }
    const std::vector<Way> ways = ways_of(scan, f, by_wepl, by_cuts, lambdas, config);
    counts.resize(ways.size());
    check.ways.resize(ways.size());
    for (std::size_t w = 0; w < ways.size(); ++w) {
      check.ways[w].name = ways[w].name;
      counts[w].push_back(counted(ways[w], swaps, changes));
    }
    if (progress)
      progress({static_cast<std::int64_t>(f) + 1, static_cast<std::int64_t>(scan.frames.size()),
                fmt::format("{} swaps", check.tried)});
  }
  check.typical = std::sqrt(square / static_cast<double>(std::max<std::int64_t>(1, check.changing)));
  for (std::size_t w = 0; w < counts.size(); ++w) {
    SignAgreement& way = check.ways[w];
    double size_told = 0.0, size_agree = 0.0;
    for (const Counts& each : counts[w]) {
      way.told += static_cast<std::int64_t>(each.told), way.agree += static_cast<std::int64_t>(each.agree);
      way.whole += static_cast<std::int64_t>(each.whole);
      size_told += each.size_told, size_agree += each.size_agree;
    }
    way.share = share_of(counts[w], &Counts::agree, &Counts::told);
    way.whole_share = share_of(counts[w], &Counts::whole_agree, &Counts::whole);
    way.size_told = size > 0.0 ? size_told / size : 0.0;
    way.size_share = size_told > 0.0 ? size_agree / size_told : 0.0;
  }
  return check;
}

}  // namespace difftrack::reconstruct
