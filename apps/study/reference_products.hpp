// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/study/hessian.hpp"

namespace difftrack::study_app {

/// H v by double backward of LibTorch in double precision, mean over the frames, which must outlive it. Throws
/// InputError for the smooth loss, which has first derivatives alone.
study::Product reference_products(const study::Model& model, const study::FrameSet& frames,
                                  const study::HessianLoss& loss, std::int64_t seed);

}  // namespace difftrack::study_app
