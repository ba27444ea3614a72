// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "difftrack/event/io/bytes.hpp"

namespace difftrack::event {

/// Whether a file starts as ROOT's files do: "root", then a version number below 2^24. Text has no zero byte there.
bool is_root_file(const Bytes& file);

/// Throws InputError when a ROOT file is cut off, or was never closed: ROOT writes the places of its directory of free
/// segments and of its type descriptions into the header when it closes a file, so a killed program leaves them zero.
/// Returns a warning, without the file's name, when bytes follow the end that the header names, as after an update that
/// was not finished; otherwise "". Reads the header alone: what lies behind it is for uproot (tools/root_to_npz.py).
///
/// Layout: https://root.cern/doc/master/classTFile.html; numbers are big-endian.
std::string check_root_file(const Bytes& file);

}  // namespace difftrack::event
