// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/torch_shim.hpp"

#include <gtest/gtest.h>

namespace difftrack::learn {
namespace {

TEST(TorchShim, OneThreadPerOperationHoldsForLibTorchAndItsAlgebraLibrary) {
  shim::use_one_thread_per_operation();
  EXPECT_EQ(at::get_num_threads(), 1);
  using Threads = int (*)();
  const auto of_blas = reinterpret_cast<Threads>(dlsym(RTLD_DEFAULT, "openblas_get_num_threads"));
  if (of_blas == nullptr) GTEST_SKIP() << "this LibTorch does not use OpenBLAS";
  EXPECT_EQ(of_blas(), 1);
}

}  // namespace
}  // namespace difftrack::learn
