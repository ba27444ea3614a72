// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/paths.hpp"

namespace difftrack::matter {

/// NIST PSTAR's total mass stopping powers [MeV cm2/g].
class Pstar {
 public:
  Pstar() {
    std::ifstream in(paths::source() + "/tests/data/pstar_total_stopping.csv");
    std::vector<std::string> names;
    for (std::string line, word; std::getline(in, line);) {
      std::istringstream words(line);
      const bool first = names.empty();
      for (std::size_t i = 0; std::getline(words, word, ','); ++i)
        if (first)
          names.push_back(word);
        else
          columns_[names[i]].push_back(std::stod(word));
    }
  }

  std::size_t rows() const { return columns_.at("E_MeV").size(); }
  double energy(std::size_t row) const { return columns_.at("E_MeV")[row]; }
  double stopping(const std::string& material, std::size_t row) const { return columns_.at(material)[row]; }

  /// CSDA range [g/cm2] up to the energy of a row: its power law between rows integrated exactly.
  double range(const std::string& material, std::size_t row) const {
    double sum = energy(0) / stopping(material, 0);
    for (std::size_t i = 0; i < row; ++i) {
      const double e0 = energy(i), e1 = energy(i + 1), s0 = stopping(material, i), s1 = stopping(material, i + 1);
      const double power = 1.0 - std::log(s1 / s0) / std::log(e1 / e0);
      sum += e0 / s0 * (std::pow(e1 / e0, power) - 1.0) / power;
    }
    return sum;
  }

 private:
  std::map<std::string, std::vector<double>> columns_;
};

}  // namespace difftrack::matter
