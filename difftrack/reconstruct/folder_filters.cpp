// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/folder_filters.hpp"

#include <fstream>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/event/io/tracks_csv.hpp"
#include "difftrack/event/io/tracks_file.hpp"

namespace difftrack::reconstruct {

namespace {

bool is_graph(const std::string& path) { return path.ends_with(".graph.npz"); }

bool is_tracks_npz(const std::string& path) {
  if (!path.ends_with(".npz") || is_graph(path)) return false;
  try {
    return event::is_tracks_file(event::NpzFile(path));
  } catch (const core::InputError&) {
    return false;  // whoever reads it says what is wrong with it
  }
}

bool is_tracks_csv(const std::string& path) {
  std::string line;
  if (path.ends_with(".csv")) {
    std::ifstream in(path);
    std::getline(in, line);
  }
  return line.starts_with(event::tracks_csv_header({}));
}

}  // namespace

core::FolderFilter hits_in_folder() {
  return {[](const std::string& path) {
            return core::has_input_ending(path) && !is_graph(path) && !is_tracks_npz(path) && !is_tracks_csv(path);
          },
          "file of steps, hits or pixels (.npz, .npy, .csv, .csv.gz, .txt, .dat, .root)"};
}

core::FolderFilter tracks_in_folder() { return {is_tracks_npz, "tracks file"}; }

}  // namespace difftrack::reconstruct
