# SPDX-License-Identifier: Apache-2.0
"""A method of one's own: a function that scores segments."""
# [snippet own_method]
import numpy as np

import difftrack


def straight(frame, graph):
    """Segments along the beam are good: a score in [0, 1] for each."""
    return np.exp(-np.hypot(graph.ux, graph.uy) / 0.05)


frames = difftrack.frames(difftrack.simulate(primaries=2000, seed=3), per_frame=20)
print(len(frames), "frames;", frames[0].x.shape, "hits in the first, deepest in layer", frames[0].layer[0])
for method in (straight, "follower", "joint"):
    print(difftrack.evaluate(difftrack.reconstruct(frames, method=method))[0])
# [end]
