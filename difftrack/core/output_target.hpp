// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace difftrack::core {

/// Where a file that is asked for as `path` is to be written.
struct OutputTarget {
  std::string path;            ///< the file behind all symbolic links; it need not exist
  std::optional<mode_t> mode;  ///< its permission bits, where it exists
};

/// Follows symbolic links as opening would, without opening. Throws InputError (file) for what no rename may replace
/// (folder, device, pipe, socket, an open descriptor like /dev/stdout), a file that is not to be written, a loop of
/// links, a link into a folder that does not exist, and "-", by which others mean standard output.
OutputTarget output_target(const std::string& path);

}  // namespace difftrack::core
