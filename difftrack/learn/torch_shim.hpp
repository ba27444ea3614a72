// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dlfcn.h>
#include <torch/torch.h>

#include <utility>

/// The one place for differences between LibTorch 1.13 and 2.x.
namespace difftrack::learn::shim {

#if TORCH_VERSION_MAJOR >= 2
namespace warnings = c10::WarningUtils;
/// Takes warnings and says nothing.
struct SilentHandler : c10::WarningHandler {
  void process(const c10::Warning&) override {}
};
#else
namespace warnings = c10::Warning;
/// Takes warnings and says nothing.
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

/// One thread per operation: LibTorch's own for the calling thread, OpenBLAS's for the process. Frames run side by side
/// in threads of ours, and sums must not depend on their number. LibTorch's set_num_threads does not reach the pool of
/// OpenBLAS (Debian's builds use it), whose lock makes two training threads six times slower than one.
inline void use_one_thread_per_operation() {
  at::set_num_threads(1);
  static const bool once = [] {
    using SetThreads = void (*)(int);
    if (auto* set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(1);
    return true;
  }();
  static_cast<void>(once);
}

}  // namespace difftrack::learn::shim
