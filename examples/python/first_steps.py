# SPDX-License-Identifier: Apache-2.0
"""The package's main way: simulate, reconstruct, evaluate, look."""
# [snippet first_steps]
import difftrack

steps = difftrack.simulate(phantom="water:100", primaries=5000, seed=1)
tracks = difftrack.reconstruct(steps, "bergen-dtc", per_frame=100)
print(tracks, difftrack.evaluate(tracks)[0], sep="\n")

long = tracks.tracks[tracks.tracks["n_hits"] > 20]  # a structured array
print(len(long), "tracks of more than 20 hits; mean score", long["score"].mean())

difftrack.show(tracks).save("event.html")  # in Jupyter, show(tracks) alone draws it
# [end]
