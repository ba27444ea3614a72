#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The default of `difftrack reconstruct` away from what its likelihoods were fitted to: it never fails, and is not worse than
physics alone (the cases of tools/joint_robustness.py with fewer protons).

  tests/tools/joint_robustness_test.py SOURCE_FOLDER PROGRAM_FOLDER
"""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(sys.argv[1]) / "tools"))
import joint_robustness as robustness  # noqa: E402

# detector, energy [MeV], water [mm], protons per frame, options of simulate, protons, whether tracks are to be there
CASES = [
    (robustness.BERGEN, 70, 0, 100, "", 300, True), (robustness.BERGEN, 230, 100, 1, "", 100, True),
    (robustness.BERGEN, 230, 100, 100, robustness.SPOTS, 300, True), (robustness.BERGEN, 330, 0, 100, "", 100, False),
    (robustness.ALUMINIUM, 70, 0, 100, "", 300, True), (robustness.ALUMINIUM, 330, 0, 100, "", 200, True),
    (robustness.TUNGSTEN, 70, 0, 100, "", 100, False), (robustness.TUNGSTEN, 200, 0, 100, "", 300, True),
]


class Report(dict):
    """Two shares as `evaluate` reports them."""

    def __init__(self, purity, efficiency, half=0.01):
        share = lambda value: {"value": value, "low": value - half, "high": value + half}  # noqa: E731
        super().__init__(strict_purity=share(purity), strict_efficiency=share(efficiency))


def main():
    program = str(pathlib.Path(sys.argv[2]).resolve() / "difftrack")
    bad = []
    judged = {"joint": robustness.Measured(Report(0.9, 0.8)), "physics": robustness.Measured(Report(0.95, 0.95))}
    if robustness.worse_than(judged) != ["physics"]:
        bad.append("a better way is not told")
    judged["physics"] = robustness.Measured(Report(0.9, 0.81))
    if robustness.worse_than(judged):
        bad.append("a way that is better by less than the intervals is told")
    with tempfile.TemporaryDirectory() as folder:
        for *case, protons, has_tracks in CASES:
            found = robustness.measure(program, folder, case, ("joint", "physics"), protons)
            print(robustness.label(case), *found.values(), flush=True)
            bad += [f"{robustness.label(case)} {way} is better" for way in robustness.worse_than(found)]
            if has_tracks and not found["joint"].known:
                bad.append(f"{robustness.label(case)} no tracks")
    if bad:
        sys.exit("\n".join(bad))


if __name__ == "__main__":
    main()
