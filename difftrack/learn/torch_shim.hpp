// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <utility>

/// The one place for differences between LibTorch 1.13 and 2.x.
namespace difftrack::learn::shim {

#if TORCH_VERSION_MAJOR >= 2
namespace warnings = c10::WarningUtils;
struct SilentHandler : c10::WarningHandler {
  void process(const c10::Warning&) override {}
};
#else
namespace warnings = c10::Warning;
struct SilentHandler : c10::WarningHandler {
  void process(const c10::SourceLocation&, const std::string&, bool) override {}
};
#endif

/// Calls f with LibTorch's warnings of this thread dropped: 1.13 announces scatter_reduce as "in beta"; its results
/// are compared with known answers in tests/learn/segment_max_test.cpp.
template <class Function>
auto without_warnings(Function&& f) {
  SilentHandler silent;
  const warnings::WarningHandlerGuard guard(&silent);
  return std::forward<Function>(f)();
}

}  // namespace difftrack::learn::shim
