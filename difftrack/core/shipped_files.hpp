// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace difftrack::core {

/// Resolves the name of something that ships with the program ("bergen-dtc") or a path of the user's own.
///
/// A text with '/' or that ends in `ending` is a path and returned as it is. A name is looked for as NAME + ending in
/// $DIFFTRACK_DATA/KIND, then share/difftrack/KIND beside the program's folder, then below the prefix that the library
/// was configured to be installed to, then KIND in the source tree that it was built from; a program of the build tree
/// looks into the source tree first. Throws InputError (kind in the singular, name) with the shipped names when there
/// is none. `kind` is the plural that names the folder: "detectors", "models".
std::string find_shipped(const std::string& kind, const std::string& name_or_path, const std::string& ending);

/// For a library that carries the files itself, as the Python package does: they are looked for in
/// $DIFFTRACK_DATA/KIND, then in FOLDER/KIND and nowhere else, since beside the program may lie those of another
/// version. To be called before the first search.
void look_for_shipped_files_in(const std::string& folder);

/// All names of a kind, sorted.
std::vector<std::string> shipped_names(const std::string& kind, const std::string& ending);

}  // namespace difftrack::core
