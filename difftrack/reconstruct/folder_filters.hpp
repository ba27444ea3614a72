// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/core/input_files.hpp"

namespace difftrack::reconstruct {

/// Files of a folder that may hold steps, hits or pixels: all with such endings but what `difftrack reconstruct` wrote
/// itself, told by name (NAME.graph.npz) and content.
core::FolderFilter hits_in_folder();

/// Tracks files of a folder: each .npz that `difftrack reconstruct` wrote, without its graphs.
core::FolderFilter tracks_in_folder();

}  // namespace difftrack::reconstruct
