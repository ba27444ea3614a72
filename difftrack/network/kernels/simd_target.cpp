// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/kernels/simd_target.hpp"

#include "difftrack/core/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "difftrack/network/kernels/simd_target.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace difftrack::network::kernels {
namespace HWY_NAMESPACE {
std::int64_t Target() { return HWY_TARGET; }
}  // namespace HWY_NAMESPACE
}  // namespace difftrack::network::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace difftrack::network::kernels {
HWY_EXPORT(Target);

std::string simd_target() { return hwy::TargetName(HWY_DYNAMIC_DISPATCH(Target)()); }

}  // namespace difftrack::network::kernels
#endif
