// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/likelihood.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parse_number.hpp"
#include "difftrack/core/version.hpp"
#include "difftrack/event/io/safetensors.hpp"

namespace difftrack::track {
namespace {

using core::InputError;
using Shape = std::vector<std::int64_t>;

std::int64_t count(std::size_t n) { return static_cast<std::int64_t>(n); }

/// What a table holds.
enum class Values { Any, Probability, Positive };

/// One table of the file: its name, where it lives and its shape.
struct Table {
  const char* name;
  std::vector<float> Likelihood::*member;
  Shape shape;
  Values values;
};

/// All tables, with the shapes that the sizes of `l` ask for.
std::vector<Table> tables(const Likelihood& l) {
  const auto groups = count(l.n_groups()), knots = count(l.n_knots()), radii = count(l.n_radii());
  const auto layers = std::int64_t{l.n_layers}, points = count(ScaledGrid::kPoints);
  const auto deposits = count(Likelihood::kDeposits), classes = count(Likelihood::kClasses);
  return {{"knots", &Likelihood::knots, {knots}, Values::Any},
          {"radius_edges", &Likelihood::radius_edges, {radii + 1}, Values::Any},
          {"deposit_edges", &Likelihood::deposit_edges, {knots, deposits - 1}, Values::Positive},
          {"kinks", &Likelihood::kinks, {groups, knots, classes, points}, Values::Any},
          {"deaths", &Likelihood::deaths, {groups, knots, deposits}, Values::Probability},
          {"transitions", &Likelihood::transitions, {knots, deposits, deposits}, Values::Probability},
          {"birth_rate", &Likelihood::birth_rate, {layers}, Values::Positive},
          {"lone_rate", &Likelihood::lone_rate, {layers}, Values::Positive},
          {"birth_radius", &Likelihood::birth_radius, {layers, radii}, Values::Positive},
          {"lone_radius", &Likelihood::lone_radius, {layers, radii}, Values::Positive},
          {"birth_deposit", &Likelihood::birth_deposit, {knots, deposits}, Values::Probability},
          {"lone_deposit", &Likelihood::lone_deposit, {knots, deposits}, Values::Probability},
          {"entrance", &Likelihood::entrance, {points}, Values::Any},
          {"birth_angles", &Likelihood::birth_angles, {groups, points}, Values::Any},
          {"secondary_rate", &Likelihood::secondary_rate, {groups, knots}, Values::Probability},
          {"secondary_deposit", &Likelihood::secondary_deposit, {knots, deposits}, Values::Probability},
          {"secondary_angles", &Likelihood::secondary_angles, {groups, points}, Values::Any},
          {"kind_transitions", &Likelihood::kind_transitions, {2, knots, deposits, deposits}, Values::Probability},
          {"kind_deaths", &Likelihood::kind_deaths, {2, knots, deposits}, Values::Probability},
          {"kind_kinks", &Likelihood::kind_kinks, {2, groups, classes, points}, Values::Any},
          {"front_share", &Likelihood::front_share, {1}, Values::Probability},
          {"front_deposit", &Likelihood::front_deposit, {deposits}, Values::Probability},
          {"front_angles", &Likelihood::front_angles, {points}, Values::Any},
          {"front_radius", &Likelihood::front_radius, {radii}, Values::Positive},
          {"front_beam_radius", &Likelihood::front_beam_radius, {radii}, Values::Positive},
          {"birth_secondary", &Likelihood::birth_secondary, {layers}, Values::Probability}};
}

std::string text(const Shape& shape) {
  std::string result = "[";
  for (const std::int64_t n : shape) result += (result.size() > 1 ? ", " : "") + std::to_string(n);
  return result + "]";
}

void check_values(const Table& table, const std::vector<float>& values, const std::string& file) {
  std::int64_t expected = 1;
  for (const std::int64_t n : table.shape) expected *= n;
  if (count(values.size()) != expected)
    throw InputError({file, table.name, std::to_string(values.size()) + " values"},
                     "must have the shape " + text(table.shape));
  for (const float v : values) {
    const bool right = std::isfinite(v) && (table.values == Values::Any || v > 0.0F) &&
                       (table.values != Values::Probability || v < 1.0F);
    if (!right)
      throw InputError({file, table.name, std::to_string(v)}, table.values == Values::Any ? "must be finite"
                                                              : table.values == Values::Positive
                                                                  ? "must be above 0 and finite"
                                                                  : "must be a probability between 0 and 1");
  }
}

bool ascends(const std::vector<float>& values) {
  return std::adjacent_find(values.begin(), values.end(), [](float a, float b) { return !(a < b); }) == values.end();
}

std::int32_t whole_number(const event::SafeTensors& file, const std::string& path, const char* key, int low, int high) {
  const auto found = file.metadata.find(key);
  const std::string value = found == file.metadata.end() ? "" : found->second;
  const auto number = core::parse_number(value);
  if (!number || *number != std::floor(*number) || *number < low || *number > high)
    throw InputError({path, key, value},
                     "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  return static_cast<std::int32_t>(*number);
}

}  // namespace

RangePlace Likelihood::place(double residual_range) const {
  const auto above = std::upper_bound(knots.begin(), knots.end(), static_cast<float>(residual_range));
  if (above == knots.begin()) return {0, 0.0};
  if (above == knots.end()) return {n_knots() - 2, 1.0};
  const auto i = static_cast<std::size_t>(above - knots.begin()) - 1;
  return {i, (residual_range - static_cast<double>(knots[i])) / static_cast<double>(knots[i + 1] - knots[i])};
}

std::size_t Likelihood::radius_bin(double radius) const {
  const auto above = std::upper_bound(radius_edges.begin(), radius_edges.end(), static_cast<float>(radius));
  const auto i = static_cast<std::size_t>(above - radius_edges.begin());
  return std::clamp<std::size_t>(i, 1, n_radii()) - 1;
}

void check_likelihood(const Likelihood& likelihood, const std::string& file) {
  for (const Table& table : tables(likelihood)) check_values(table, likelihood.*(table.member), file);
  if (likelihood.n_knots() < 2 || !ascends(likelihood.knots))
    throw InputError({file, "knots", ""}, "must be at least two and ascend");
  if (likelihood.n_radii() < 1 || likelihood.radius_edges.front() != 0.0F || !ascends(likelihood.radius_edges))
    throw InputError({file, "radius_edges", ""}, "must begin with 0 and ascend");
  if (!(likelihood.temperature > 0.0) || !std::isfinite(likelihood.temperature))
    throw InputError({file, "calibration", std::to_string(likelihood.temperature)}, "must be above 0 and finite");
  if (!(likelihood.link_angle >= 0.0 && likelihood.link_angle < 1.5707963267948966))
    throw InputError({file, "calibration", std::to_string(likelihood.link_angle)},
                     "must be an angle below a right one [rad]");
}

Likelihood read_likelihood(const std::string& path) {
  const event::SafeTensors file = event::read_safetensors(path);
  if (const auto format = file.metadata.find("format");
      format == file.metadata.end() || format->second != "difftrack likelihood")
    throw InputError({path, "format", format == file.metadata.end() ? "" : format->second},
                     "is no likelihood; make one with 'difftrack fit-likelihood'");
  const auto schema = whole_number(file, path, "schema", 1, 1'000'000);
  if (schema > kLikelihoodSchema)
    throw InputError({path, "schema", std::to_string(schema)},
                     "is that of a newer difftrack; this one reads up to " + std::to_string(kLikelihoodSchema));
  if (schema < kLikelihoodSchema)
    throw InputError({path, "schema", std::to_string(schema)},
                     "is that of an older difftrack; fit it anew with 'difftrack fit-likelihood'");
  Likelihood l;
  l.n_layers = whole_number(file, path, "n_layers", 2, 10'000);
  l.n_tracker_layers = whole_number(file, path, "n_tracker_layers", 0, 100);
  const auto said = [&](const char* key) {
    const auto found = file.metadata.find(key);
    return found == file.metadata.end() ? std::string() : found->second;
  };
  l.detector = said("detector");
  l.source = said("source");
  // Files of before there was another beam do not say.
  if (const std::string particle = said("particle"); !particle.empty())
    l.particle = core::parse_choice<matter::BeamParticle>(particle, path, "particle");
  const auto tensor = [&](const char* name) -> const event::NamedTensor& {
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end()) throw InputError({path, name, ""}, "is missing");
    return found->second;
  };
  for (const Table& table : tables(l)) l.*(table.member) = tensor(table.name).floats();
  for (const Table& table : tables(l))
    if (tensor(table.name).shape != table.shape)
      throw InputError({path, table.name, text(tensor(table.name).shape)}, "must have the shape " + text(table.shape));
  const std::vector<float> calibration = tensor("calibration").floats();
  if (calibration.size() != 2)
    throw InputError({path, "calibration", std::to_string(calibration.size()) + " values"},
                     "must be temperature and angle of links");
  l.temperature = static_cast<double>(calibration[0]);
  l.link_angle = static_cast<double>(calibration[1]);
  check_likelihood(l, path);
  return l;
}

void check_likelihood_is_of(const Likelihood& likelihood, const std::string& file, const std::string& detector,
                            matter::BeamParticle particle) {
  if (likelihood.detector != detector)
    throw InputError({file, "detector", likelihood.detector},
                     "but the hits are taken for those of '" + detector +
                         "'; 'difftrack fit-likelihood' makes a likelihood for that");
  if (likelihood.particle != particle)
    throw InputError({file, "particle", std::string(core::name_of(likelihood.particle))},
                     "but the beam is said to be of " + std::string(core::name_of(particle)) +
                         "; 'difftrack fit-likelihood --particle " + std::string(core::name_of(particle)) +
                         "' makes a likelihood for that");
}

void write_likelihood(const std::string& path, const Likelihood& likelihood) {
  check_likelihood(likelihood, path);
  event::SafeTensors file;
  file.metadata = {{"format", "difftrack likelihood"},
                   {"schema", std::to_string(kLikelihoodSchema)},
                   {"difftrack", core::version()},
                   {"detector", likelihood.detector},
                   {"particle", std::string(core::name_of(likelihood.particle))},
                   {"source", likelihood.source},
                   {"n_layers", std::to_string(likelihood.n_layers)},
                   {"n_tracker_layers", std::to_string(likelihood.n_tracker_layers)}};
  for (const Table& table : tables(likelihood)) file.tensors[table.name] = {table.shape, likelihood.*(table.member)};
  file.tensors["calibration"] = {{2}, std::vector<double>{likelihood.temperature, likelihood.link_angle}};
  event::write_safetensors(path, file);
}

}  // namespace difftrack::track
