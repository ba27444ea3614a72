// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace difftrack::plot {

/// The `<style>` element that figures and tables of a page need: light or dark as the reader's system is.
std::string page_style();

/// The rules that figures need in a picture of their own, on white.
std::string picture_style();

}  // namespace difftrack::plot
