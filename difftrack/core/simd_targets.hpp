// SPDX-License-Identifier: Apache-2.0
#pragma once

// Include before any header of Highway. The kernels keep rows in arrays of vectors, so vector types need a size known
// at compile time (no SVE, RVV); machines before AVX2 use the 128-bit baseline.
#define HWY_DISABLED_TARGETS \
  (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV | HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
