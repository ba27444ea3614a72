// SPDX-License-Identifier: Apache-2.0
// Reading a tracks file, as `difftrack reconstruct` writes it: how it was made, then its tracks, frame by frame.
//   read_tracks tracks.npz
#include <cstdio>
#include <exception>

#include "difftrack/event/io/tracks_file.hpp"

using namespace difftrack;

int main(int argc, char** argv) try {
  if (argc != 2) return std::fprintf(stderr, "read_tracks tracks.npz\n"), 2;
  // [snippet read tracks]
  event::TracksReader reader(argv[1]);
  const event::TracksMeta& meta = reader.meta();
  std::printf("method %s, detector %s\n", meta.method.c_str(), meta.detector.c_str());
  for (event::RecordedFrame recorded; reader.next(recorded);) {
    const event::Hits& hits = recorded.frame.hits;
    const event::Tracks& tracks = recorded.tracks;
    double depth = 0.0;  // [mm], sum over the tracks' last hits
    for (std::size_t t = 0; t < tracks.size(); ++t)
      depth += static_cast<double>(hits.z[static_cast<std::size_t>(tracks.hits[t].back())]);
    std::printf("%s: %zu tracks that end at z = %.1f mm in the mean\n",
                meta.sources[static_cast<std::size_t>(recorded.file)].c_str(), tracks.size(),
                depth / static_cast<double>(tracks.size()));
  }
  // [end]
  return 0;
} catch (const std::exception& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 2;
}
