// SPDX-License-Identifier: Apache-2.0
#include "difftrack/matter/element.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/core/fields.hpp"

namespace difftrack::matter {

namespace {

constexpr std::array<Element, 92> kElements{{
    {"H", 1, 1.008, 19.2, 63.04},     {"He", 2, 4.0026, 41.8, 94.32},   {"Li", 3, 6.94, 40.0, 82.78},
    {"Be", 4, 9.0122, 63.7, 65.19},   {"B", 5, 10.81, 76.0, 52.69},     {"C", 6, 12.011, 78.0, 42.70},
    {"N", 7, 14.007, 82.0, 37.99},    {"O", 8, 15.999, 95.0, 34.24},    {"F", 9, 18.998, 115.0, 32.93},
    {"Ne", 10, 20.18, 137.0, 28.93},  {"Na", 11, 22.99, 149.0, 27.74},  {"Mg", 12, 24.305, 156.0, 25.03},
    {"Al", 13, 26.982, 166.0, 24.01}, {"Si", 14, 28.085, 173.0, 21.82}, {"P", 15, 30.974, 173.0, 21.21},
    {"S", 16, 32.06, 180.0, 19.50},   {"Cl", 17, 35.45, 174.0, 19.28},  {"Ar", 18, 39.948, 188.0, 19.55},
    {"K", 19, 39.098, 190.0, 17.32},  {"Ca", 20, 40.078, 191.0, 16.14}, {"Sc", 21, 44.956, 216.0, 16.55},
    {"Ti", 22, 47.867, 233.0, 16.16}, {"V", 23, 50.942, 245.0, 15.84},  {"Cr", 24, 51.996, 257.0, 14.94},
    {"Mn", 25, 54.938, 272.0, 14.64}, {"Fe", 26, 55.845, 286.0, 13.84}, {"Co", 27, 58.933, 297.0, 13.62},
    {"Ni", 28, 58.693, 311.0, 12.68}, {"Cu", 29, 63.546, 322.0, 12.86}, {"Zn", 30, 65.38, 330.0, 12.43},
    {"Ga", 31, 69.723, 334.0, 12.47}, {"Ge", 32, 72.63, 350.0, 12.25},  {"As", 33, 74.922, 347.0, 11.94},
    {"Se", 34, 78.971, 348.0, 11.91}, {"Br", 35, 79.904, 357.0, 11.42}, {"Kr", 36, 83.798, 352.0, 11.37},
    {"Rb", 37, 85.468, 363.0, 11.03}, {"Sr", 38, 87.62, 366.0, 10.76},  {"Y", 39, 88.906, 379.0, 10.41},
    {"Zr", 40, 91.224, 393.0, 10.20}, {"Nb", 41, 92.906, 417.0, 9.92},  {"Mo", 42, 95.95, 424.0, 9.80},
    {"Tc", 43, 97.907, 428.0, 9.58},  {"Ru", 44, 101.07, 441.0, 9.48},  {"Rh", 45, 102.91, 449.0, 9.27},
    {"Pd", 46, 106.42, 470.0, 9.20},  {"Ag", 47, 107.87, 470.0, 8.97},  {"Cd", 48, 112.41, 469.0, 9.00},
    {"In", 49, 114.82, 488.0, 8.85},  {"Sn", 50, 118.71, 488.0, 8.82},  {"Sb", 51, 121.76, 487.0, 8.73},
    {"Te", 52, 127.6, 485.0, 8.83},   {"I", 53, 126.9, 491.0, 8.48},    {"Xe", 54, 131.29, 482.0, 8.48},
    {"Cs", 55, 132.91, 488.0, 8.31},  {"Ba", 56, 137.33, 491.0, 8.31},  {"La", 57, 138.91, 501.0, 8.14},
    {"Ce", 58, 140.12, 523.0, 7.96},  {"Pr", 59, 140.91, 535.0, 7.76},  {"Nd", 60, 144.24, 546.0, 7.71},
    {"Pm", 61, 144.91, 560.0, 7.51},  {"Sm", 62, 150.36, 574.0, 7.57},  {"Eu", 63, 151.96, 580.0, 7.44},
    {"Gd", 64, 157.25, 591.0, 7.48},  {"Tb", 65, 158.93, 614.0, 7.36},  {"Dy", 66, 162.5, 628.0, 7.32},
    {"Ho", 67, 164.93, 650.0, 7.23},  {"Er", 68, 167.26, 658.0, 7.14},  {"Tm", 69, 168.93, 674.0, 7.03},
    {"Yb", 70, 173.05, 684.0, 7.02},  {"Lu", 71, 174.97, 694.0, 6.92},  {"Hf", 72, 178.49, 705.0, 6.89},
    {"Ta", 73, 180.95, 718.0, 6.82},  {"W", 74, 183.84, 727.0, 6.76},   {"Re", 75, 186.21, 736.0, 6.69},
    {"Os", 76, 190.23, 746.0, 6.68},  {"Ir", 77, 192.22, 757.0, 6.59},  {"Pt", 78, 195.08, 790.0, 6.54},
    {"Au", 79, 196.97, 790.0, 6.46},  {"Hg", 80, 200.59, 800.0, 6.44},  {"Tl", 81, 204.38, 810.0, 6.42},
    {"Pb", 82, 207.2, 823.0, 6.37},   {"Bi", 83, 208.98, 823.0, 6.29},  {"Po", 84, 208.98, 830.0, 6.16},
    {"At", 85, 209.99, 825.0, 6.07},  {"Rn", 86, 222.02, 794.0, 6.28},  {"Fr", 87, 223.02, 827.0, 6.19},
    {"Ra", 88, 226.03, 826.0, 6.15},  {"Ac", 89, 227.03, 841.0, 6.06},  {"Th", 90, 232.04, 847.0, 6.07},
    {"Pa", 91, 231.04, 878.0, 5.93},  {"U", 92, 238.03, 890.0, 6.00},
}};

}  // namespace

std::span<const Element> elements() { return kElements; }

const Element* find_element(std::string_view symbol) {
  for (const Element& each : kElements)
    if (symbol == each.symbol) return &each;
  return nullptr;
}

std::string unknown_element(std::string_view symbol) {
  const auto lower = [](std::string_view text) {
    std::string result(text);
    for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
  };
  std::vector<std::string> known;
  for (const Element& each : kElements) known.emplace_back(each.symbol);
  const auto same = std::find_if(known.begin(), known.end(), [&](const auto& k) { return lower(k) == lower(symbol); });
  const std::string guess = same != known.end() ? *same : core::nearest(symbol, known);
  return "is no chemical element from H to U; did you mean '" + guess + "'?";
}

const Element& element(std::string_view symbol) {
  if (const Element* found = find_element(symbol)) return *found;
  throw core::InputError({"", "element", std::string(symbol)}, unknown_element(symbol));
}

}  // namespace difftrack::matter
