// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/fit_likelihood.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "difftrack/core/error.hpp"
#include "difftrack/track/joint/range_tables.hpp"

namespace difftrack::track {
namespace {

constexpr std::size_t kDeposits = Likelihood::kDeposits, kClasses = Likelihood::kClasses, kPoints = ScaledGrid::kPoints;

// Knots [mm water]: two or three per plane of a calorimeter near the end of the range, where all changes.
constexpr std::array kKnots = {-16.0F, -10.0F, -6.0F, -3.0F, 0.0F,  3.0F,  6.0F,   10.0F,  14.0F,  19.0F,  25.0F,
                               32.0F,  40.0F,  50.0F, 62.0F, 76.0F, 95.0F, 120.0F, 150.0F, 190.0F, 240.0F, 300.0F};
constexpr std::array kRadii = {0.0F, 0.3F, 0.6F, 1.0F, 1.4F, 1.8F, 2.3F, 3.0F, 4.0F, 5.5F, 8.0F, 12.0F, 30.0F};

constexpr double kBorrowed = 30.0;  // entries of the wider group that a point of a density begins with
constexpr double kLeastDensity = 1e-12;
constexpr double kEnough = 100.0;      // entries behind a bin of a density
constexpr double kFewDeposits = 30.0;  // entries that a row of transitions begins with
constexpr double kFewDeaths = 8.0;     // entries that a bin of deaths begins with
constexpr double kFewBirths = 5.0;     // entries that a row of births begins with
constexpr std::int64_t kFewestLinks = 1000;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

using Counts = std::vector<double>;

using Density = std::array<double, kPoints>;

/// Solid angle that belongs to a point: a ring of x, dx has 2 π x dx = π x² d(log x²).
double ring(std::size_t point) {
  const double x = ScaledGrid::angle(point);
  return std::numbers::pi * x * x * std::numbers::ln2 / ScaledGrid::kPerOctave;
}

/// Log density per solid angle (in units of the scale squared) of angles histogrammed on ScaledGrid. Neighbouring
/// points are put together until kEnough entries stand behind each bin; a ring of x, dx has the solid angle 2 π x dx =
/// π x² d(log x²). Between the middles of the bins the logarithm is straight (of x^-4, as behind single scatterings, a
/// bin's mean is the value in its middle), below the first it is level, as it is at a maximum, behind the last it goes
/// on falling. A kernel would be simpler, but widens what is as steep as x² here.
Density log_density(const Counts& counts) {
  struct Bin {
    double place, value;
  };
  std::vector<Bin> bins;
  double sum = 0.0, entries = 0.0, solid_angle = 0.0;
  std::size_t first = 0, last = 0;  // points of the bin; the last one with entries
  for (std::size_t p = 0; p < kPoints; ++p) {
    sum += counts[p];
    if (counts[p] > 0.0) last = p;
  }
  for (std::size_t p = 0; p <= last && sum > 0.0; ++p) {
    solid_angle += ring(p);
    entries += counts[p];
    if (entries < kEnough && p < last) continue;
    bins.push_back({0.5 * static_cast<double>(first + p), std::log(std::max(entries, 0.1) / sum / solid_angle)});
    entries = solid_angle = 0.0;
    first = p + 1;
  }
  Density raw;
  raw.fill(std::log(kLeastDensity));
  if (bins.empty()) return raw;
  const std::size_t n = bins.size();
  const double fall =
      n < 2 ? 0.35 : std::max(0.35, (bins[n - 2].value - bins[n - 1].value) / (bins[n - 1].place - bins[n - 2].place));
  std::size_t b = 0;
  for (std::size_t p = 0; p < kPoints; ++p) {
    const auto place = static_cast<double>(p);
    while (b + 1 < n && bins[b + 1].place <= place) ++b;
    const double further = std::max(0.0, place - bins[b].place);
    const double slope = b + 1 < n ? (bins[b + 1].value - bins[b].value) / (bins[b + 1].place - bins[b].place) : -fall;
    raw[p] = std::max(bins[b].value + slope * further, std::log(kLeastDensity));
  }
  Density smooth = raw;  // the last of the noise
  for (std::size_t p = 1; p + 1 < kPoints; ++p) smooth[p] = 0.25 * raw[p - 1] + 0.5 * raw[p] + 0.25 * raw[p + 1];
  return smooth;
}

/// The density of `counts` where it has entries, that of the wider group where it has few: kBorrowed of them count as
/// much as what lies within half an octave of a point.
Density with_borrowed(const Counts& counts, const Density& wider) {
  Density result = log_density(counts);
  for (std::size_t p = 0; p < kPoints; ++p) {
    double near = 0.0;
    for (std::size_t q = p < 2 ? 0 : p - 2; q < std::min(p + 3, kPoints); ++q) near += counts[q];
    result[p] = std::log((near * std::exp(result[p]) + kBorrowed * std::exp(wider[p])) / (near + kBorrowed));
  }
  return result;
}

/// What a density sums to over all directions of the grid.
double integral(const Density& density) {
  double sum = 0.0;
  for (std::size_t p = 0; p < kPoints; ++p) sum += std::exp(density[p]) * ring(p);
  return sum;
}

void put(const Density& density, float* to) {
  const double norm = std::log(integral(density));
  for (std::size_t p = 0; p < kPoints; ++p) to[p] = static_cast<float>(density[p] - norm);
}

/// Adds a sample to the two points beside it.
void count_angle(Counts& counts, std::size_t row, double x, double weight) {
  const double place = ScaledGrid::place(2.0 * std::log2(std::max(x, 1e-12)));
  const auto i = std::min(static_cast<std::size_t>(place), kPoints - 2);
  const double f = place - static_cast<double>(i);
  counts[row * kPoints + i] += weight * (1.0 - f);
  counts[row * kPoints + i + 1] += weight * f;
}

Counts row_of(const Counts& counts, std::size_t row) {
  return {counts.begin() + static_cast<std::ptrdiff_t>(row * kPoints),
          counts.begin() + static_cast<std::ptrdiff_t>((row + 1) * kPoints)};
}

/// Calls body(knot, weight) for the two knots beside a place.
template <class Body>
void for_knots(const RangePlace& place, const Body& body) {
  if (place.share < 1.0) body(place.knot, 1.0 - place.share);
  if (place.share > 0.0) body(place.knot + 1, place.share);
}

/// Bin of a deposit at a residual range.
std::size_t deposit_bin(const Likelihood& l, const RangePlace& place, float deposit) {
  return bin_of(mixed_rows<kDeposits - 1>(l.deposit_edges, 0, place), deposit);
}

/// Rows of a table summed over `reach` neighbours on both sides.
std::vector<Counts> over_neighbours(const std::vector<Counts>& rows, std::ptrdiff_t reach) {
  std::vector<Counts> result(rows.size(), Counts(rows.front().size(), 0.0));
  for (std::ptrdiff_t i = 0; i < std::ssize(rows); ++i)
    for (std::ptrdiff_t j = std::max(std::ptrdiff_t{0}, i - reach); j <= std::min(i + reach, std::ssize(rows) - 1); ++j)
      for (std::size_t k = 0; k < rows.front().size(); ++k)
        result[static_cast<std::size_t>(i)][k] += rows[static_cast<std::size_t>(j)][k];
  return result;
}

/// `counts` and `n` entries of the shape of `wider`.
Counts with_entries(const Counts& counts, const Counts& wider, double n) {
  double sum = 0.0;
  for (const double c : wider) sum += c;
  Counts result = counts;
  if (sum > 0.0)
    for (std::size_t i = 0; i < result.size(); ++i) result[i] += n * wider[i] / sum;
  return result;
}

/// Shares of a row's entries, which begins with `few` entries of all rows' shape and a little of each.
Counts shares(const Counts& row, const std::vector<Counts>& all, double few) {
  Counts total(row.size(), 0.2);
  for (const Counts& each : all)
    for (std::size_t k = 0; k < row.size(); ++k) total[k] += each[k];
  Counts result = with_entries(row, total, few);
  double sum = 0.0;
  for (const double c : result) sum += c;
  for (double& c : result) c /= sum;
  return result;
}

}  // namespace

LikelihoodFit::LikelihoodFit(const detector::Detector& detector, const PhysicsConfig& physics,
                             const LikelihoodFitConfig& config)
    : detector_(detector),
      config_(config),
      filter_(joint_graph_config(detector, config.link_angle)),
      expectation_(detector, physics) {
  core::check_fields(config, "");
}

Links true_links(const event::Hits& hits, const graph::HitGraph& graph) {
  Links truth = Links::none(hits.size());
  for (std::size_t s = 0; s < graph.size(); ++s) {
    const auto a = at(graph.shallow[s]), b = at(graph.deep[s]);
    const bool same = hits.event[a] >= 0 && hits.same_event(a, b) &&
                      (hits.particle.empty() || hits.particle[a] < 0 ? hits.primary[a] && hits.primary[b]
                                                                     : hits.particle[a] == hits.particle[b]);
    if (same && truth.down[a] == kNoSegment && truth.up[b] == kNoSegment)
      truth.down[a] = truth.up[b] = static_cast<std::int32_t>(s);
  }
  return truth;
}

namespace {

/// Of a hit whose particle ends, the segment to a hit of the same event that begins behind it, with the smallest kink.
std::int32_t to_secondary(const event::Hits& hits, const graph::HitGraph& graph, const Links& truth, std::size_t h) {
  std::int32_t best = kNoSegment;
  for (auto k = graph.end_begin[h]; k < graph.end_begin[h + 1]; ++k) {
    const std::int32_t s = graph.end_segment[at(k)];
    const auto b = at(graph.deep[at(s)]);
    if (hits.event[h] < 0 || !hits.same_event(h, b) || truth.up[b] != kNoSegment) continue;
    if (best == kNoSegment || squared_chord(graph, truth.up[h], s) < squared_chord(graph, truth.up[h], best)) best = s;
  }
  return best;
}

Direction towards_deep(const graph::HitGraph& graph, std::int32_t segment) {
  const auto s = at(segment);
  return {-static_cast<double>(graph.ux[s]), -static_cast<double>(graph.uy[s]),
          std::abs(static_cast<double>(graph.uz[s]))};
}

float chord(const Direction& u, const Direction& v, double unit) {
  return static_cast<float>(std::hypot(u.x - v.x, u.y - v.y, u.z - v.z) / unit);
}

}  // namespace

void LikelihoodFit::add(const event::Frame& frame) {
  const auto& hits = frame.hits;
  if (hits.size() == 0) return;
  if (!hits.has_truth() || hits.primary.empty())
    throw core::InputError({"", "frame " + std::to_string(frame.index), ""},
                           "a likelihood is fitted to hits with truth (eventID and parentID) and this input has none");
  const graph::HitGraph graph = graph::build_hit_graph(frame, filter_);
  const Links truth = true_links(hits, graph);
  const double range = expectation_.range(frame);
  const auto planes = expectation_.planes(range, frame.n_layers());
  const BeamExpectation beam = expectation_.beam(frame, range, 0);
  for (std::size_t h = 0; h < hits.size(); ++h) {
    const std::int32_t layer = hits.layer[h], up = truth.up[h], down = truth.down[h];
    const auto x = static_cast<double>(hits.x[h]), y = static_cast<double>(hits.y[h]);
    std::int32_t next_secondary = kNoSegment;
    Sample sample;
    sample.layer = layer;
    sample.residual_range = static_cast<float>(range - planes[at(layer)].depth);
    if (layer + 1 < frame.n_layers()) sample.deeper_range = static_cast<float>(range - planes[at(layer + 1)].depth);
    sample.deposit = hits.edep[h];
    sample.radius = static_cast<float>(std::hypot(x - beam.centre_x, y - beam.centre_y) / beam.width);
    sample.has_up = up != kNoSegment;
    sample.has_down = down != kNoSegment;
    sample.beam = hits.primary[h] != 0;
    sample.freed = !sample.beam && hits.event[h] >= 0;
    if (sample.has_down) {
      sample.deeper = hits.edep[at(graph.deep[at(down)])];
      const Direction u = towards_deep(graph, down);
      if (sample.has_up)
        sample.angle = chord(u, towards_deep(graph, up), std::max(planes[at(layer)].kink, Likelihood::kSmallestWidth));
      else if (layer == 0) {
        sample.angle = chord(u, beam.at(x, y), std::max(beam.spread, Likelihood::kSmallestWidth));
        sample.turn = chord(u, beam.at(x, y), Likelihood::kBornScale);
      } else
        sample.angle = chord(u, {0.0, 0.0, 1.0}, Likelihood::kBornScale);
    } else if (sample.has_up) {
      next_secondary = to_secondary(hits, graph, truth, h);
      if (next_secondary != kNoSegment) {
        sample.secondary = hits.edep[at(graph.deep[at(next_secondary)])];
        sample.turn = chord(towards_deep(graph, next_secondary), towards_deep(graph, up), Likelihood::kBornScale);
      }
    }
    samples_.push_back(sample);
  }
}

Likelihood LikelihoodFit::finish(const std::string& source) const {
  const auto links = std::count_if(samples_.begin(), samples_.end(), [](const Sample& s) { return s.has_down; });
  if (links < kFewestLinks)
    throw core::InputError({"", "links", std::to_string(links)},
                           "are too few for a likelihood, which needs " + std::to_string(kFewestLinks) + " at least");
  Likelihood l;
  l.detector = detector_.name;
  l.source = source;
  l.n_layers = static_cast<std::int32_t>(detector_.layers.size());
  l.n_tracker_layers = detector_.n_tracker_layers;
  l.link_angle = config_.link_angle;
  l.knots.assign(kKnots.begin(), kKnots.end());
  l.radius_edges.assign(kRadii.begin(), kRadii.end());
  fit_deposits(l);
  fit_kinks(l);
  fit_deaths(l);
  fit_transitions(l);
  fit_births(l);
  fit_secondaries(l);
  fit_kinds(l);
  fit_front(l);
  return l;
}

void LikelihoodFit::fit_deposits(Likelihood& l) const {
  std::vector<std::vector<float>> deposits(l.n_knots());
  for (const Sample& s : samples_) {
    const RangePlace place = l.place(static_cast<double>(s.residual_range));
    if (s.beam) deposits[place.share < 0.5 ? place.knot : place.knot + 1].push_back(s.deposit);
  }
  constexpr std::size_t kFewest = 50 * kDeposits;
  std::vector<std::size_t> known;
  for (std::size_t k = 0; k < deposits.size(); ++k) {
    std::sort(deposits[k].begin(), deposits[k].end());
    if (deposits[k].size() >= kFewest) known.push_back(k);
  }
  if (known.empty()) {  // few hits: all together
    for (std::size_t k = 1; k < deposits.size(); ++k)
      deposits[0].insert(deposits[0].end(), deposits[k].begin(), deposits[k].end());
    std::sort(deposits[0].begin(), deposits[0].end());
    known.push_back(0);
  }
  for (std::size_t k = 0; k < deposits.size(); ++k) {
    const auto nearest = *std::min_element(known.begin(), known.end(), [&](std::size_t a, std::size_t b) {
      return std::abs(l.knots[a] - l.knots[k]) < std::abs(l.knots[b] - l.knots[k]);
    });
    const auto& sorted = deposits[nearest];
    for (std::size_t e = 1; e < kDeposits; ++e)
      l.deposit_edges.push_back(std::max(1e-9F, sorted[e * sorted.size() / kDeposits]));
  }
}

void LikelihoodFit::fit_kinks(Likelihood& l) const {
  const std::size_t groups = l.n_groups(), knots = l.n_knots();
  Counts counts(groups * knots * kClasses * kPoints, 0.0), entrance(kPoints, 0.0), born(groups * kPoints, 0.0);
  for (const Sample& s : samples_) {
    if (!s.has_down) continue;
    const std::size_t group = l.group(s.layer);
    const RangePlace place = l.place(static_cast<double>(s.residual_range));
    if (!s.has_up) {
      count_angle(s.layer == 0 ? entrance : born, s.layer == 0 ? 0 : group, static_cast<double>(s.angle), 1.0);
      continue;
    }
    const std::size_t of_class = deposit_bin(l, place, s.deposit) * kClasses / kDeposits;
    for_knots(place, [&](std::size_t knot, double weight) {
      count_angle(counts, (group * knots + knot) * kClasses + of_class, static_cast<double>(s.angle), weight);
    });
  }
  Counts everywhere(kPoints, 0.0);
  std::vector<Counts> of_group(groups, Counts(kPoints, 0.0));
  for (std::size_t i = 0; i < counts.size(); ++i) {
    of_group[i / (knots * kClasses * kPoints)][i % kPoints] += counts[i];
    everywhere[i % kPoints] += counts[i];
  }
  const Density anywhere = log_density(everywhere);
  l.kinks.resize(counts.size());
  for (std::size_t g = 0; g < groups; ++g) {
    const Density group = with_borrowed(of_group[g], anywhere);
    for (std::size_t k = 0; k < knots; ++k) {
      Counts of_knot(kPoints, 0.0);
      const std::size_t first = (g * knots + k) * kClasses;
      for (std::size_t c = 0; c < kClasses; ++c)
        for (std::size_t p = 0; p < kPoints; ++p) of_knot[p] += counts[(first + c) * kPoints + p];
      const Density knot = with_borrowed(of_knot, group);
      for (std::size_t c = 0; c < kClasses; ++c)
        put(with_borrowed(row_of(counts, first + c), knot), l.kinks.data() + (first + c) * kPoints);
    }
  }
  l.entrance.resize(kPoints);
  put(log_density(entrance), l.entrance.data());
  Counts all_born(kPoints, 0.0);
  for (std::size_t i = 0; i < born.size(); ++i) all_born[i % kPoints] += born[i];
  const Density birth = log_density(all_born);
  l.birth_angles.resize(groups * kPoints);
  for (std::size_t g = 0; g < groups; ++g)
    put(with_borrowed(row_of(born, g), birth), l.birth_angles.data() + g * kPoints);
}

void LikelihoodFit::fit_deaths(Likelihood& l) const {
  const std::size_t groups = l.n_groups(), knots = l.n_knots(), size = groups * knots * kDeposits;
  Counts dead(size, 0.0), all(size, 0.0);
  for (const Sample& s : samples_) {
    if (!s.has_up && s.layer > 0) continue;
    const RangePlace place = l.place(static_cast<double>(s.residual_range));
    const std::size_t bin = deposit_bin(l, place, s.deposit);
    for_knots(place, [&](std::size_t knot, double weight) {
      const std::size_t row = (l.group(s.layer) * knots + knot) * kDeposits + bin;
      all[row] += weight;
      if (!s.has_down) dead[row] += weight;
    });
  }
  for (std::size_t g = 0; g < groups; ++g)
    for (std::size_t k = 0; k < knots; ++k) {
      double knot_dead = 0.0, knot_all = 0.0, near_dead = 0.0, near_all = 0.0;
      for (std::size_t j = 0; j < groups; ++j)
        for (std::size_t d = 0; d < kDeposits; ++d) {
          const std::size_t row = (j * knots + k) * kDeposits + d;
          near_dead += dead[row], near_all += all[row];
          if (j == g) knot_dead += dead[row], knot_all += all[row];
        }
      // Without any entry: behind the mean end nobody goes on, in front of it hardly anybody stops.
      const double blind = l.knots[k] < 0.0F ? 0.7 : 0.02;
      const double nearby = (near_dead + 2.0 * blind) / (near_all + 2.0);
      const double level = (knot_dead + 2.0 * nearby) / (knot_all + 2.0);
      for (std::size_t d = 0; d < kDeposits; ++d) {
        const std::size_t row = (g * knots + k) * kDeposits + d;
        const double p = (dead[row] + kFewDeaths * level) / (all[row] + kFewDeaths);
        l.deaths.push_back(static_cast<float>(std::clamp(p, 1e-4, 1.0 - 1e-4)));
      }
    }
}

/// Probability of the deeper hit's bin given the shallower's, of the samples that are wanted(sample); appended to `to`.
template <class Samples, class Wanted>
void append_transitions(const Likelihood& l, const Samples& samples, const Wanted& wanted, std::vector<float>& to) {
  const std::size_t knots = l.n_knots();
  std::vector<Counts> pairs(knots * kDeposits, Counts(kDeposits, 0.0)), deeper(knots, Counts(kDeposits, 0.0));
  for (const auto& s : samples) {
    if (!s.has_down || !wanted(s)) continue;
    const std::size_t from = deposit_bin(l, l.place(static_cast<double>(s.residual_range)), s.deposit);
    const RangePlace place = l.place(static_cast<double>(s.deeper_range));
    const std::size_t bin = deposit_bin(l, place, s.deeper);
    for_knots(place, [&](std::size_t knot, double weight) {
      pairs[knot * kDeposits + from][bin] += weight;
      deeper[knot][bin] += weight;
    });
  }
  for (std::size_t k = 0; k < knots; ++k) {
    const Counts level = shares(deeper[k], deeper, 10.0);
    for (std::size_t d = 0; d < kDeposits; ++d) {
      const Counts row = with_entries(pairs[k * kDeposits + d], level, kFewDeposits);
      double sum = 0.0;
      for (const double c : row) sum += c;
      for (const double c : row) to.push_back(static_cast<float>(c / sum));
    }
  }
}

void LikelihoodFit::fit_transitions(Likelihood& l) const {
  append_transitions(
      l, samples_, [](const Sample&) { return true; }, l.transitions);
}

/// Densities per area over the beam's width squared, from shares of the bins of radius; row after row.
std::vector<float> radius_densities(const Likelihood& l, const std::vector<Counts>& rows) {
  std::vector<float> result;
  for (const Counts& share : rows)
    for (std::size_t r = 0; r < l.n_radii(); ++r) {
      const auto inner = static_cast<double>(l.radius_edges[r]), outer = static_cast<double>(l.radius_edges[r + 1]);
      result.push_back(static_cast<float>(share[r] / (std::numbers::pi * (outer * outer - inner * inner))));
    }
  return result;
}

void LikelihoodFit::fit_births(Likelihood& l) const {
  const auto layers = at(l.n_layers);
  const std::size_t radii = l.n_radii();
  double first = 0.0;
  std::vector<double> births(layers, 0.0), lone(layers, 0.0);
  std::vector<Counts> birth_radius(layers, Counts(radii, 0.0)), lone_radius = birth_radius;
  std::vector<Counts> birth_deposit(l.n_knots(), Counts(kDeposits, 0.0)), lone_deposit = birth_deposit;
  for (const Sample& s : samples_) {
    if (s.layer == 0) first += 1.0;
    if (s.layer == 0 || s.has_up) continue;
    const RangePlace place = l.place(static_cast<double>(s.residual_range));
    const std::size_t bin = deposit_bin(l, place, s.deposit), radius = l.radius_bin(static_cast<double>(s.radius));
    (s.has_down ? births : lone)[at(s.layer)] += 1.0;
    (s.has_down ? birth_radius : lone_radius)[at(s.layer)][radius] += 1.0;
    for_knots(place, [&](std::size_t knot, double weight) {
      (s.has_down ? birth_deposit : lone_deposit)[knot][bin] += weight;
    });
  }
  const auto rates = [&](const std::vector<double>& counts) {
    std::vector<float> result;
    for (const double c : counts) result.push_back(static_cast<float>(std::max(c / std::max(first, 1.0), 1e-5)));
    return result;
  };
  l.birth_rate = rates(births);
  l.lone_rate = rates(lone);
  const auto densities = [&](const std::vector<Counts>& counts) {
    std::vector<Counts> rows;
    const auto near = over_neighbours(counts, 3);
    for (const Counts& row : near) rows.push_back(shares(row, near, kFewBirths));
    return radius_densities(l, rows);
  };
  l.birth_radius = densities(birth_radius);
  l.lone_radius = densities(lone_radius);
  const auto probabilities = [](const std::vector<Counts>& counts) {
    std::vector<float> result;
    const auto near = over_neighbours(counts, 1);
    for (const Counts& row : near)
      for (const double p : shares(row, near, kFewBirths)) result.push_back(static_cast<float>(p));
    return result;
  };
  l.birth_deposit = probabilities(birth_deposit);
  l.lone_deposit = probabilities(lone_deposit);
}

void LikelihoodFit::fit_secondaries(Likelihood& l) const {
  const std::size_t groups = l.n_groups(), knots = l.n_knots();
  Counts went_on(groups * knots, 0.0), all(groups * knots, 0.0), angles(groups * kPoints, 0.0), any(kPoints, 0.0);
  std::vector<Counts> deposits(knots, Counts(kDeposits, 0.0));
  double total = 0.0, total_all = 0.0;
  for (const Sample& s : samples_) {
    if (!s.has_up) continue;
    const std::size_t group = l.group(s.layer);
    for_knots(l.place(static_cast<double>(s.residual_range)), [&](std::size_t knot, double weight) {
      all[group * knots + knot] += weight;
      if (s.secondary >= 0.0F) went_on[group * knots + knot] += weight;
    });
    total_all += 1.0;
    if (s.secondary < 0.0F) continue;
    total += 1.0;
    count_angle(angles, group, static_cast<double>(s.turn), 1.0);
    count_angle(any, 0, static_cast<double>(s.turn), 1.0);
    const RangePlace place = l.place(static_cast<double>(s.deeper_range));
    const std::size_t bin = deposit_bin(l, place, s.secondary);
    for_knots(place, [&](std::size_t knot, double weight) { deposits[knot][bin] += weight; });
  }
  const double level = (total + 0.01) / (total_all + 10.0);
  for (std::size_t i = 0; i < all.size(); ++i)
    l.secondary_rate.push_back(
        static_cast<float>(std::clamp((went_on[i] + kBorrowed * level) / (all[i] + kBorrowed), 1e-7, 0.5)));
  const auto near = over_neighbours(deposits, 1);
  for (const Counts& row : near)
    for (const double p : shares(row, near, kFewBirths)) l.secondary_deposit.push_back(static_cast<float>(p));
  count_angle(any, 0, 10.0, 1e-3);  // none at all: somewhere
  const Density wide = log_density(any);
  l.secondary_angles.resize(groups * kPoints);
  for (std::size_t g = 0; g < groups; ++g)
    put(with_borrowed(row_of(angles, g), wide), l.secondary_angles.data() + g * kPoints);
}

void LikelihoodFit::fit_kinds(Likelihood& l) const {
  const std::size_t groups = l.n_groups(), knots = l.n_knots();
  for (const bool freed : {false, true}) {
    const auto of_kind = [freed](const Sample& s) { return freed ? s.freed : s.beam; };
    append_transitions(l, samples_, of_kind, l.kind_transitions);

    std::vector<Counts> dead(knots, Counts(kDeposits, 0.0)), all = dead;
    Counts kinks(groups * kClasses * kPoints, 0.0), any(kPoints, 0.0);
    for (const Sample& s : samples_) {
      if (!of_kind(s)) continue;
      const RangePlace place = l.place(static_cast<double>(s.residual_range));
      const std::size_t bin = deposit_bin(l, place, s.deposit);
      for_knots(place, [&](std::size_t knot, double weight) {
        all[knot][bin] += weight;
        if (!s.has_down) dead[knot][bin] += weight;
      });
      if (!s.has_up || !s.has_down) continue;
      const std::size_t row = l.group(s.layer) * kClasses + bin * kClasses / kDeposits;
      count_angle(kinks, row, static_cast<double>(s.angle), 1.0);
      count_angle(any, 0, static_cast<double>(s.angle), 1.0);
    }
    for (std::size_t k = 0; k < knots; ++k) {
      double knot_dead = 0.0, knot_all = 0.0;
      for (std::size_t d = 0; d < kDeposits; ++d) knot_dead += dead[k][d], knot_all += all[k][d];
      const double blind = freed ? 0.3 : l.knots[k] < 0.0F ? 0.7 : 0.02;
      const double level = (knot_dead + 2.0 * blind) / (knot_all + 2.0);
      for (std::size_t d = 0; d < kDeposits; ++d)
        l.kind_deaths.push_back(static_cast<float>(
            std::clamp((dead[k][d] + kFewDeaths * level) / (all[k][d] + kFewDeaths), 1e-4, 1.0 - 1e-4)));
    }
    count_angle(any, 0, 1.0, 1e-3);  // none at all: somewhere
    const Density wide = log_density(any);
    const std::size_t first = l.kind_kinks.size();
    l.kind_kinks.resize(first + kinks.size());
    for (std::size_t row = 0; row < groups * kClasses; ++row)
      put(with_borrowed(row_of(kinks, row), wide), l.kind_kinks.data() + first + row * kPoints);
  }
}

void LikelihoodFit::fit_front(Likelihood& l) const {
  const std::size_t radii = l.n_radii();
  double own = 0.0, freed = 0.0;
  Counts deposit(kDeposits, 0.0), angles(kPoints, 0.0);
  std::vector<Counts> radius(2, Counts(radii, 0.0));
  std::vector<double> births(at(l.n_layers), 0.0), births_freed(at(l.n_layers), 0.0);
  for (const Sample& s : samples_) {
    if (s.has_up || !s.has_down || (!s.beam && !s.freed)) continue;
    if (s.layer > 0) {
      births[at(s.layer)] += 1.0;
      if (s.freed) births_freed[at(s.layer)] += 1.0;
      continue;
    }
    (s.freed ? freed : own) += 1.0;
    radius[s.freed ? 1 : 0][l.radius_bin(static_cast<double>(s.radius))] += 1.0;
    if (!s.freed) continue;
    deposit[deposit_bin(l, l.place(static_cast<double>(s.residual_range)), s.deposit)] += 1.0;
    count_angle(angles, 0, static_cast<double>(s.turn), 1.0);
  }
  l.front_share = {static_cast<float>((freed + 0.01) / (own + freed + 1.0))};
  for (const double p : shares(deposit, {deposit}, kFewBirths)) l.front_deposit.push_back(static_cast<float>(p));
  count_angle(angles, 0, 10.0, 1e-3);
  l.front_angles.resize(kPoints);
  put(log_density(angles), l.front_angles.data());
  for (const bool is_freed : {false, true})
    (is_freed ? l.front_radius : l.front_beam_radius) =
        radius_densities(l, {shares(radius[is_freed ? 1 : 0], radius, kFewBirths)});
  double all = 0.0, all_freed = 0.0;
  for (std::size_t layer = 0; layer < births.size(); ++layer) all += births[layer], all_freed += births_freed[layer];
  const double level = (all_freed + 0.9) / (all + 1.0);
  for (std::size_t layer = 0; layer < births.size(); ++layer)
    l.birth_secondary.push_back(static_cast<float>(
        std::clamp((births_freed[layer] + kBorrowed * level) / (births[layer] + kBorrowed), 1e-3, 0.999)));
}

}  // namespace difftrack::track
