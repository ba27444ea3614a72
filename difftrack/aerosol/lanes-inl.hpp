// SPDX-License-Identifier: Apache-2.0
// Arithmetic of one vector of cells; included once per instruction set.
#if defined(DIFFTRACK_AEROSOL_LANES_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef DIFFTRACK_AEROSOL_LANES_INL_HPP
#undef DIFFTRACK_AEROSOL_LANES_INL_HPP
#else
#define DIFFTRACK_AEROSOL_LANES_INL_HPP
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <array>

HWY_BEFORE_NAMESPACE();
namespace difftrack::aerosol::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<double>;
using V = hn::Vec<Tag>;
using M = hn::Mask<Tag>;

HWY_INLINE V Set(double x) { return hn::Set(Tag(), x); }
HWY_INLINE V operator+(double a, V b) { return hn::Add(Set(a), b); }
HWY_INLINE V operator+(V a, double b) { return hn::Add(a, Set(b)); }
HWY_INLINE V operator-(double a, V b) { return hn::Sub(Set(a), b); }
HWY_INLINE V operator-(V a, double b) { return hn::Sub(a, Set(b)); }
HWY_INLINE V operator*(double a, V b) { return hn::Mul(Set(a), b); }
HWY_INLINE V operator*(V a, double b) { return hn::Mul(a, Set(b)); }
HWY_INLINE V operator/(double a, V b) { return hn::Div(Set(a), b); }
HWY_INLINE V operator/(V a, double b) { return hn::Div(a, Set(b)); }
HWY_INLINE M Above(V a, double b) { return hn::Gt(a, Set(b)); }
HWY_INLINE M Below(V a, double b) { return hn::Lt(a, Set(b)); }
HWY_INLINE V If(M mask, V yes, V no) { return hn::IfThenElse(mask, yes, no); }
HWY_INLINE V IfElse0(M mask, V yes) { return hn::IfThenElseZero(mask, yes); }
HWY_INLINE V Clamp(V x, double low, double high) { return hn::Min(hn::Max(x, Set(low)), Set(high)); }

/// exp(x) for x below 700; what is below -700 is 0 to every purpose.
HWY_INLINE V Exp(V x) { return hn::Exp(Tag(), hn::Max(x, Set(-700.0))); }
/// ln x, x > 0.
HWY_INLINE V Log(V x) { return hn::Log(Tag(), x); }
HWY_INLINE V Cube(V x) { return x * x * x; }

/// exp(x) for x <= 0, rounded once where it is close to 1, so that 1 - exp(x) is as good as that of the C library.
HWY_INLINE V ExpOfNegative(V x) {
  V series = Set(1.0 / 40320.0);
  for (const double inverse : {1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0})
    series = series * x + Set(inverse);
  return If(Above(x, -0.02), Set(1.0) + series * x, Exp(x));
}

/// Chebyshev coefficients, on t in [0, 1], of ln(erfc(x) exp(x²) / t), t = 2 / (2 + x); fitted to 1e-15.
inline constexpr std::array<double, 24> kErfc{
    -0.6513268598908546,     0.6419697923564902,      0.01947647320418591,    -0.009561514786808745,
    -0.0009465953444819042,  0.000366839497852578,    4.252332480724208e-05,  -2.0278578112542522e-05,
    -1.6242900044871613e-06, 1.3036558358270335e-06,  1.5626441118854474e-08, -8.523809621463486e-08,
    6.5290552409003055e-09,  5.059343011204476e-09,   -9.913641463299428e-10, -2.2736496019248875e-10,
    9.646831111709276e-11,   2.393507614328883e-12,   -6.886596848332261e-12, 8.964273767730902e-13,
    3.108291402043051e-13,   -1.1062817328877373e-13, 1.9984014443252818e-16, 6.727951529228449e-15};

/// The cumulative normal distribution, by so many terms of the series: all are good to 1e-13 of it, 11 to 1e-7.
template <std::size_t kTerms = kErfc.size()>
HWY_INLINE V Normal(V z) {
  const V x = hn::Abs(z) * 0.70710678118654752;
  const V t = 2.0 / (2.0 + x), y = 4.0 * t - Set(2.0);
  V b1 = Set(0.0), b2 = Set(0.0);
  for (std::size_t k = kTerms - 1; k > 0; --k) {
    const V b = y * b1 - b2 + Set(kErfc[k]);
    b2 = b1;
    b1 = b;
  }
  const V log_scaled = 0.5 * y * b1 - b2 + Set(kErfc[0]);
  const V half = 0.5 * t * Exp(log_scaled - x * x);  // of the side beyond |z|
  return If(Below(z, 0.0), half, 1.0 - half);
}

/// Value of the nearest point of an axis.
template <class Axis>
HWY_INLINE V Nearest(const Axis& axis, V value) {
  const V i = hn::Floor((value - axis.first) / axis.step + Set(0.5));
  return axis.first + Clamp(i, 0.0, static_cast<double>(axis.count - 1)) * axis.step;
}

}  // namespace difftrack::aerosol::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
