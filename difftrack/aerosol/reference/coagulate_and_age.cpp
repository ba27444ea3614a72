// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include "difftrack/aerosol/constants.hpp"
#include "difftrack/aerosol/reference/coagulation.hpp"
#include "difftrack/aerosol/species.hpp"

namespace difftrack::aerosol::reference {

namespace {

using namespace constants;

using PerMode = std::array<double, kModes>;

/// Losses of one mode, and the shares of its partners in what is lost to others.
struct ModeLosses {
  Losses losses;
  PerMode share{};
};

/// `partners`: kernel times number of each mode that takes particles of this one.
PerMode shares(const PerMode& partners, double total) {
  PerMode share{};
  if (total > 0.0)
    for (std::size_t k = 0; k < kModes; ++k) share[k] = partners[k] / total;
  return share;
}

/// Rates at which mode `of` meets each other mode [1/s]; AS loses none to others, and KI none to insoluble ones.
PerMode partners(Mode of, const CellState& state, const std::array<double, 16>& kernel) {
  PerMode rate{};
  for (std::size_t i = 0; i < kPairs.size(); ++i) {
    const auto [one, other] = kPairs[i];
    if (one == other) continue;
    if (of == KI && other == KI && (one == KS || one == AS)) rate[one] = kernel[i] * state[number_of(one)];
    if (of == NS && one == NS) rate[other] = kernel[i] * state[number_of(other)];
    if (of == KS && one == KS && other != KI) rate[other] = kernel[i] * state[number_of(other)];
  }
  return rate;
}

double sum(const PerMode& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

double self_rate(Mode of, const std::array<double, 16>& kernel) {
  for (std::size_t i = 0; i < kPairs.size(); ++i)
    if (kPairs[i][0] == of && kPairs[i][1] == of) return 0.5 * kernel[i];
  return 0.0;
}

/// Sulphate that coats a particle of an insoluble mode with one layer [molecules].
double monolayer(const Properties& properties, std::size_t k) {
  const double radius = properties.radius[k] * kOverSurface[k];
  return 4.0 * std::numbers::pi * radius * radius / kMonolayer;
}

/// Nucleated particles that meet insoluble ones rather than each other, where the latter are fewer: more of those lost
/// go to others, enough to coat what they meet.
///
/// `now`: after KI's own losses; `soluble`: particles of NS, nucleated ones among them, and KS; `layer`: a monolayer
/// [molecules].
void coat_insoluble(ModeLosses& ns, const CellState& now, double soluble, double a, const PerMode& layer,
                    double sulphate_per_particle) {
  const double insoluble = now[NKi] + now[NAi] + now[NCi];
  if (!(ns.losses.to_others > 0.0 && soluble > insoluble && insoluble > kTiny)) return;
  const double rate = a * kTimeStep, all = insoluble + soluble;
  // Those that meet any, less those that meet soluble ones and, where there is more than one insoluble particle, those
  // that meet these: 2W/(2+AW) - 4S/((2+AW)(2+AI)) - 4I/((2+AW)(2+AS)) with W = I+S, written so that nothing cancels.
  const double by_all = 2.0 + rate * all, by_soluble = 2.0 + rate * soluble, by_insoluble = 2.0 + rate * insoluble;
  double met = 2.0 * rate * soluble * insoluble * (4.0 + rate * all) / (by_all * by_soluble * by_insoluble);
  if (insoluble <= 1.0) met += 4.0 * insoluble / (by_all * by_soluble);
  met = std::min(met, insoluble);
  double extra = 0.0;
  for (const std::size_t k : {KI, AI, CI})
    extra += now[number_of(k)] / insoluble * met * layer[k] / sulphate_per_particle;
  extra = std::min(extra, 0.95 * ns.losses.among);
  const double before = ns.losses.to_others, after = before + extra;
  ns.losses.to_others = after;
  ns.losses.among -= extra;
  for (double& share : ns.share) share *= before / after;
  for (const std::size_t k : {KI, AI, CI}) ns.share[k] += extra / after * now[number_of(k)] / insoluble;
  const double total = sum(ns.share);
  for (double& share : ns.share) share /= total;
}

/// A species that goes with the particles of a mode which those of other modes take up.
struct Passage {
  Mode from;
  Column column;
  std::vector<Column> to;  ///< by the partner, in the soluble mode of its size: KS, AS, CS from `first` on
  int first;
};
const std::vector<Passage> kPassages{{KI, BcKi, {BcKs, BcAs}, KS},           {KI, OcKi, {OcKs, OcAs}, KS},
                                     {NS, So4Ns, {So4Ks, So4As, So4Cs}, KS}, {KS, So4Ks, {So4As, So4Cs}, AS},
                                     {KS, BcKs, {BcAs, BcCs}, AS},           {KS, OcKs, {OcAs, OcCs}, AS}};

/// The soluble mode of the size of a mode.
constexpr int size_of(std::size_t mode) { return static_cast<int>(mode < kSoluble ? mode : mode - 3); }

/// One species of the particles that a mode has lost and kept; `per_particle` in the unit of the column.
void pass(CellState& now, const Passage& passage, const ModeLosses& lost, double per_particle) {
  const Losses& losses = lost.losses;
  for (std::size_t partner = 0; partner < kModes; ++partner) {
    const int target = size_of(partner) - passage.first;
    if (target < 0 || lost.share[partner] == 0.0) continue;
    now[passage.to[static_cast<std::size_t>(target)]] += losses.to_others * lost.share[partner] * per_particle;
  }
}

/// Insoluble particles that a monolayer of sulphate makes soluble, with what they carry.
struct Ageing {
  Mode from, to;
  std::vector<std::array<Column, 2>> masses;
};
const std::vector<Ageing> kAgeings{
    {KI, KS, {{BcKi, BcKs}, {OcKi, OcKs}}}, {AI, AS, {{DuAi, DuAs}}}, {CI, CS, {{DuCi, DuCs}}}};

/// `coating`: sulphate condensed on them; `gained`: brought by soluble particles [molecules/cm³]; `layer`: a
/// monolayer [molecules].
void age(CellState& now, const Ageing& ageing, const Properties& properties, double coating, double gained,
         double layer) {
  const std::size_t mode = ageing.to, from = number_of(ageing.from), to = number_of(mode);
  now[So4Ns + mode] += coating;
  if (now[from] < kFewToAge || layer <= kTiny) return;
  const double aged = std::min(now[from], (coating + gained) / layer);
  now[from] -= aged;
  now[to] += aged;
  for (const auto& [column, target] : ageing.masses) {
    const double moved = std::min(now[column], aged * properties.per_particle[column - So4Ns] * 1e12);
    now[column] -= moved;
    now[target] += moved;
  }
}

}  // namespace

CellState coagulate_and_age(const CellState& state, const Properties& properties, const Condensation& condensation,
                            const Nucleation& nucleation, const std::array<double, 16>& kernel) {
  CellState now = state;
  now[Gas] = nucleation.gas;
  for (std::size_t k = 0; k < kSoluble; ++k) now[So4Ns + k] = condensation.sulphate[k];
  now[So4Ns] += nucleation.sulphate;

  std::array<ModeLosses, kModes> lost;
  for (const Mode k : {KI, NS, KS, AS}) {
    const PerMode rates = partners(k, state, kernel);
    const double a = self_rate(k, kernel), b = sum(rates), number = state[number_of(k)];
    lost[k] = {k == NS ? lose_while_nucleating(number, nucleation.particles, a, b) : lose_particles(number, a, b),
               shares(rates, b)};
    now[number_of(k)] = lost[k].losses.left;
  }
  PerMode layer{};
  for (const std::size_t k : {KI, AI, CI}) layer[k] = monolayer(properties, k);
  const auto per_particle = [](double mass, double number) { return number > 0.0 ? mass / number : 0.0; };
  const double ns_sulphate = per_particle(now[So4Ns], state[NNs] + nucleation.particles);
  const double ks_sulphate = per_particle(now[So4Ks], state[NKs]);
  coat_insoluble(lost[NS], now, state[NNs] + nucleation.particles + state[NKs], self_rate(NS, kernel), layer,
                 ns_sulphate);

  const auto carried = [&](const Passage& passage) {
    if (passage.column == So4Ns) return ns_sulphate;
    return passage.column == So4Ks ? ks_sulphate : properties.per_particle[passage.column - So4Ns] * 1e12;
  };
  for (const Passage& passage : kPassages) {
    const Losses& losses = lost[passage.from].losses;
    if (losses.to_others != 0.0 || losses.among != 0.0)
      now[passage.column] = (losses.left + losses.among) * carried(passage);
  }
  for (const Passage& passage : kPassages) pass(now, passage, lost[passage.from], carried(passage));

  for (const Ageing& ageing : kAgeings) {
    const std::size_t k = ageing.from;
    double gained = lost[NS].losses.to_others * lost[NS].share[k] * ns_sulphate;
    if (k != KI) gained += lost[KS].losses.to_others * lost[KS].share[k] * ks_sulphate;
    age(now, ageing, properties, condensation.on_insoluble[k - KI], gained, layer[k]);
  }
  return now;
}

}  // namespace difftrack::aerosol::reference
