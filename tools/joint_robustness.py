#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether the default of `difftrack reconstruct` holds away from what its likelihoods were fitted to: beams of other energies,
other phantoms, other densities and spots far off the axis, on all detectors. Writes the table between the marks of docs/joint.md.

    tools/joint_robustness.py build/release/bin [--print]

Each case is simulated here (1,200 protons, a seed that nothing was fitted to or chosen on), then reconstructed by default, by
the default that is told the beam's energy, by physics alone and by the network and physics together. A case fails where a
program does, and where the default's strict F1 is below another's by more than both half widths. Some minutes on one core.
"""
import argparse
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "joint.md"
BEGIN, END = "<!-- robustness -->", "<!-- end of robustness -->"
BERGEN, ALUMINIUM, TUNGSTEN = "bergen-dtc", "gate-3mm-al", "groningen-w"
SPOTS = "--spots-x 3 --spot-pitch 80"
CASES = [  # detector, energy [MeV], water [mm], protons per frame, further options of simulate
    (BERGEN, 70, 0, 100, ""), (BERGEN, 100, 40, 100, ""), (BERGEN, 150, 100, 100, ""), (BERGEN, 200, 50, 100, ""),
    (BERGEN, 200, 200, 100, ""), (BERGEN, 230, 0, 100, ""), (BERGEN, 230, 100, 1, ""), (BERGEN, 230, 100, 10, ""),
    (BERGEN, 230, 100, 500, ""), (BERGEN, 230, 100, 100, SPOTS), (BERGEN, 230, 300, 100, ""), (BERGEN, 270, 100, 100, ""),
    (BERGEN, 330, 0, 100, ""), (BERGEN, 330, 300, 100, ""),
    (ALUMINIUM, 70, 0, 100, ""), (ALUMINIUM, 150, 100, 100, ""), (ALUMINIUM, 250, 200, 1, ""), (ALUMINIUM, 250, 200, 500, ""),
    (ALUMINIUM, 330, 0, 100, ""),
    (TUNGSTEN, 70, 0, 100, ""), (TUNGSTEN, 200, 0, 1, ""), (TUNGSTEN, 200, 0, 100, ""), (TUNGSTEN, 250, 100, 100, ""),
    (TUNGSTEN, 330, 0, 100, ""),
]
WAYS = {"joint": "", "joint, told": "--beam-energy {energy}", "physics": "--method physics", "combined": "--method combined"}
SEED, PROTONS = 4242, 1200


class Measured:
    """Strict purity and efficiency with half widths, None where there is nothing to judge."""

    def __init__(self, report):
        self.purity, self.efficiency = report["strict_purity"], report["strict_efficiency"]
        self.known = all(share["value"] is not None for share in (self.purity, self.efficiency))

    def f1(self):
        """(F1, half width), both in percent."""
        p, e = self.purity["value"], self.efficiency["value"]
        if p + e == 0:
            return 0.0, 0.0
        half = [0.5 * (share["high"] - share["low"]) for share in (self.purity, self.efficiency)]
        slopes = 2 * e * e / (p + e) ** 2, 2 * p * p / (p + e) ** 2
        return 200 * p * e / (p + e), 100 * math.hypot(*(s * h for s, h in zip(slopes, half)))

    def __str__(self):
        return f"{100 * self.purity['value']:.1f} / {100 * self.efficiency['value']:.1f}" if self.known else "no tracks"


def run(program, *arguments, cwd):
    done = subprocess.run([program, *map(str, arguments)], cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, arguments))}\n{done.stderr}")


def measure(program, folder, case, ways, protons=PROTONS):
    """{way: Measured} of one case. Raises RuntimeError where a program fails."""
    detector, energy, water, per_frame, options = case
    phantom = f"water:{water}" if water else "none"
    run(program, "simulate", "-q", "--detector", detector, "--energy", energy, "--phantom", phantom, "--primaries", protons,
        "--seed", SEED, *options.split(), "-o", "steps.npz", cwd=folder)
    found = {}
    for way in ways:
        run(program, "reconstruct", "-q", "steps.npz", "--detector", detector, "--per-frame", per_frame,
            *WAYS[way].format(energy=energy).split(), "-o", "tracks", cwd=folder)
        run(program, "evaluate", "tracks.npz", "--json", "m.json", cwd=folder)
        found[way] = Measured(json.loads((pathlib.Path(folder) / "m.json").read_text())[0])
    return found


def worse_than(found):
    """The ways that are better than the default by more than both half widths of F1."""
    ours = found["joint"]
    if not ours.known:
        return [way for way, other in found.items() if other.known]
    value, half = ours.f1()
    return [way for way in ("physics", "combined") if way in found and found[way].known and
            found[way].f1()[0] - found[way].f1()[1] > value + half]


def label(case):
    detector, energy, water, per_frame, options = case
    return f"| {detector}{', spots 80 mm off' if options else ''} | {energy} | {water} | {per_frame} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--print", action="store_true", help="leave the page as it is")
    arguments = parser.parse_args()
    program = str(arguments.programs.resolve() / "difftrack")
    lines, bad = ["| detector | MeV | water [mm] | p+/F | " + " | ".join(WAYS) + " |", "|---" * (4 + len(WAYS)) + "|"], []
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            found = measure(program, folder, case, WAYS)
            lines.append(f"{label(case)} " + " | ".join(map(str, found.values())) + " |")
            print(lines[-1], flush=True)
            bad += [f"{label(case)} {way} is better" for way in worse_than(found)]
    if not arguments.print:
        text = PAGE.read_text()
        table = "\n".join(lines)
        PAGE.write_text(re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: f"{BEGIN}\n{table}\n{END}", text, flags=re.S))
    if bad:
        sys.exit("\n".join(bad))


if __name__ == "__main__":
    main()
