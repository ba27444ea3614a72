# SPDX-License-Identifier: Apache-2.0
"""Three tolerances of the track follower, set by 30 trials on frames of their own and tried on others."""
# [snippet tune_settings]
import difftrack
from difftrack.tune import Integer, Real, minimize


def frames(seed):
    return difftrack.frames(difftrack.simulate(phantom="water:100", primaries=1200, seed=seed), per_frame=50)


def wrong(frames, **setting):
    """Strict purity and efficiency, what is missing of their mean."""
    found = difftrack.evaluate(difftrack.reconstruct(frames, method="follower", **setting))[0]
    return 1 - (found.strict_purity.value + found.strict_efficiency.value) / 2


validation, test = frames(8), frames(9)
space = {"max_score": Real(0.01, 1.0, log=True), "completion_angle": Real(0.01, 1.0, log=True), "max_last_layer": Integer(0, 10)}
found = minimize(lambda setting: wrong(validation, **setting), space, trials=30)
print(found)
print("what matters:", {name: round(share, 2) for name, share in found.importance.items()})
print(f"other frames, wrong: {wrong(test):.4f} as shipped, {wrong(test, **found.setting):.4f} with it")
# [end]
