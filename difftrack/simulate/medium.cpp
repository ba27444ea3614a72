// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/medium.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "difftrack/matter/element.hpp"
#include "difftrack/simulate/helium.hpp"
#include "difftrack/simulate/nuclear_data.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kMillibarn = 1e-27;  // [cm2]
constexpr double kFineStructure = 7.2973526e-3;
constexpr double kReduced = 1.973269804e-10;           // hbar c [MeV mm]
constexpr double kThomasFermi = 0.88534 * 5.29177e-8;  // [mm], times Z^(-1/3)
constexpr double kOwnDraw = 0.25;  // share of the squared width that makes a material a scatterer of its own

}  // namespace

Medium::Medium(const std::vector<matter::Ingredient>& ingredients) : matter::Medium(ingredients) {
  double total = 0.0;
  for (const auto& each : ingredients) total += each.share;
  double z_sum = 0.0, a_weighted = 0.0, electrons = 0.0;
  for (const auto& [material, share] : ingredients) {
    const double here = material.density * share / total;  // [g/cm3]
    for (std::size_t i = 0; i < material.elements.size(); ++i) {
      const matter::Element& each = matter::element(material.elements[i]);
      const double moles = here * material.mass_fractions[i] / each.a;  // [mol/cm3]
      z_sum += moles * each.z * each.z;
      electrons += moles * each.z;
      const double radius = kThomasFermi / std::cbrt(static_cast<double>(each.z));
      log_screening_ += moles * each.z * each.z * 2.0 * std::log(kReduced / radius);
      const double coupling = kFineStructure * each.z;
      coulomb2_ += moles * each.z * each.z * 3.76 * coupling * coupling;
      a_weighted += moles * each.z * each.z * std::pow(each.a, 2.0 / 3.0);
      const double per_mm_mb = moles * matter::kAvogadro * kMillibarn / 10.0;
      const auto known = std::find_if(nuclei_.begin(), nuclei_.end(), [&](const Nuclei& n) { return n.z == each.z; });
      if (known == nuclei_.end())
        nuclei_.push_back({each.z, each.a, per_mm_mb});
      else
        known->per_mm_mb += per_mm_mb;
    }
  }
  // Coherent nuclear form factor: Ranft's diffraction slope 14.5 A^0.66 / GeV^2 of the Z^2-weighted nucleus.
  form_factor_ = 14.5e-6 * a_weighted / z_sum;
  log_screening_ /= z_sum;
  coulomb2_ /= z_sum;
  electron_share_ = electrons / z_sum;
  // 4 pi n (Z alpha hbar c)^2; per mm3, so 1e-3 of moles per cm3.
  const double coulomb = kFineStructure * kReduced;
  rutherford_ = 4.0 * std::numbers::pi * 1e-3 * matter::kAvogadro * coulomb * coulomb * z_sum;
  gather_scatterers(ingredients);
  reactions_.resize(kNodes);
  helium_reactions_.resize(kNodes);
  for (std::size_t i = 0; i < kNodes; ++i) {
    const double v = kRootStep * static_cast<double>(i);
    const double energy = v * v;
    double nonelastic = 0.0, elastic = 0.0, helium_nonelastic = 0.0, helium_elastic = 0.0;
    for (const auto& each : nuclei_) {
      if (each.z == 1) {
        elastic += each.per_mm_mb * proton_proton_cross_section(energy);
      } else {
        const auto cross = nuclear_cross_section(each.z, each.a, energy);
        nonelastic += each.per_mm_mb * cross.nonelastic;
        elastic += each.per_mm_mb * cross.elastic;
      }
      const auto helium = helium_cross_section(each.z, each.a, energy);
      helium_nonelastic += each.per_mm_mb * helium.nonelastic;
      helium_elastic += each.per_mm_mb * helium.elastic;
    }
    reactions_[i] = {static_cast<float>(nonelastic), static_cast<float>(elastic)};
    helium_reactions_[i] = {static_cast<float>(helium_nonelastic), static_cast<float>(helium_elastic)};
  }
}

void Medium::gather_scatterers(const std::vector<matter::Ingredient>& ingredients) {
  double total = 0.0;
  for (const auto& each : ingredients) total += each.share;
  struct Pile {
    const matter::Material* material;
    double sum = 0.0, squares = 0.0, strength = 0.0;
  };
  std::vector<Pile> piles;
  for (const auto& [material, share] : ingredients) {
    auto known = std::find_if(piles.begin(), piles.end(), [&](const Pile& pile) {
      return pile.material->name == material.name && pile.material->density == material.density;
    });
    if (known == piles.end()) known = piles.insert(piles.end(), Pile{&material});
    known->sum += share / total;
    known->squares += share * share / (total * total);
    known->strength = known->sum * material.density / matter::radiation_length(material);
  }
  std::stable_sort(piles.begin(), piles.end(), [](const Pile& a, const Pile& b) { return a.strength > b.strength; });
  double all = 0.0, own = 0.0;
  for (const auto& pile : piles) all += pile.strength;
  for (const auto& pile : piles) {
    if (!scatterers_.empty() && pile.strength < kOwnDraw * all) break;
    scatterers_.push_back(
        {matter::SlabLaw(*pile.material), std::log(pile.squares / pile.sum), pile.sum * pile.sum / pile.squares, 1});
    own += pile.strength;
  }
  scatterers_.front().number *= 1.0 + (all - own) / piles.front().strength;
  for (auto& each : scatterers_) each.draws = std::max(1, static_cast<int>(std::lround(each.number)));
}

double Medium::log_screening(double beta2) const { return log_screening_ + std::log(1.13 + coulomb2_ / beta2); }

Medium::Reactions Medium::between(const std::vector<Node>& nodes, const Cell& here) const {
  const Node &a = nodes[here.index], &b = nodes[here.index + 1];
  const auto mix = [f = here.fraction](float low, float high) { return low + f * (high - low); };
  return {mix(a.nonelastic, b.nonelastic), mix(a.elastic, b.elastic)};
}

Medium::Point Medium::at(double energy) const {
  const Cell here = cell(energy);
  return {stopping(here), range(here), between(reactions_, here)};
}

Medium::Reactions Medium::helium_reactions(double energy) const { return between(helium_reactions_, cell(energy)); }

}  // namespace difftrack::simulate
