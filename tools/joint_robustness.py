#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether the default of `difftrack reconstruct` holds away from what its likelihoods were fitted to: beams of other energies,
other phantoms, other densities and spots far off the axis, on all detectors; and on hits as a sensor gives them: clusters of
pixels, noise, dead chips, gaps, frames of a window of time, electrons of small cuts, fine steps. Writes the tables between the
marks of docs/joint.md.

    tools/joint_robustness.py build/release/bin [--only realistic] [--print]

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
CLUSTERS = "--hits pixels"
REALISTIC = [  # name, options of simulate, options of reconstruct; 230 MeV, 100 mm of water, 100 protons per frame
    ("hits merged by truth", "", ""), ("clusters of pixels", "", CLUSTERS),
    ("and noise of 1e-6 per pixel and readout", "", f"{CLUSTERS} --pixel-noise-hit-rate 1e-6"),
    ("clusters, 1 % of the chips dead", "", f"{CLUSTERS} --pixel-dead-chip-fraction 0.01"),
    ("clusters, gaps between chips", "", f"{CLUSTERS} --pixel-chip-layout"),
    ("windows of 10 us at 10 million per second", "", "--frame-time 10us --rate 1e7"),
    ("electrons of small cuts", "--electron-cut 0.007", ""), ("the same, clusters", "--electron-cut 0.007", CLUSTERS),
    ("fine steps", "--step-share 0.01", ""),
    ("all of it", "--electron-cut 0.007 --step-share 0.01",
     f"{CLUSTERS} --pixel-noise-hit-rate 1e-6 --pixel-dead-chip-fraction 0.01 --pixel-chip-layout --frame-time 10us --rate 1e7"),
]
WAYS = {"joint": "", "joint, told": "--beam-energy {energy}", "physics": "--method physics", "combined": "--method combined"}
SEED, PROTONS, MORE_PROTONS = 4242, 1200, 6000


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


def measure(program, folder, case, ways, protons=PROTONS, reading=""):
    """{way: Measured} of one case, its steps read with the options `reading`. Raises RuntimeError where a program fails."""
    detector, energy, water, per_frame, options = case
    phantom = f"water:{water}" if water else "none"
    run(program, "simulate", "-q", "--detector", detector, "--energy", energy, "--phantom", phantom, "--primaries", protons,
        "--seed", SEED, *options.split(), "-o", "steps.npz", cwd=folder)
    found = {}
    for way in ways:
        frames = [] if "--frame-time" in reading else ["--per-frame", per_frame]
        run(program, "reconstruct", "-q", "steps.npz", "--detector", detector, *frames, *reading.split(),
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


def write_table(name, lines):
    """Between the marks of that name."""
    table = "\n".join(lines)
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    PAGE.write_text(re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: f"{begin}\n{table}\n{end}", PAGE.read_text(), flags=re.S))


def away(program, folder):
    """Lines of the table of CASES, and where another way is better."""
    lines, bad = ["| detector | MeV | water [mm] | p+/F | " + " | ".join(WAYS) + " |", "|---" * (4 + len(WAYS)) + "|"], []
    for case in CASES:
        found = measure(program, folder, case, WAYS)
        lines.append(f"{label(case)} " + " | ".join(map(str, found.values())) + " |")
        print(lines[-1], flush=True)
        bad += [f"{label(case)} {way} is better" for way in worse_than(found)]
    return lines, bad


def realistic(program, folder):
    """The same of REALISTIC."""
    ways = [way for way in WAYS if way != "joint, told"]
    lines, bad = ["| hits | " + " | ".join(ways) + " |", "|---" * (1 + len(ways)) + "|"], []
    for name, simulate, reading in REALISTIC:
        found = measure(program, folder, (BERGEN, 230, 100, 100, simulate), ways, MORE_PROTONS, reading)
        lines.append(f"| {name} | " + " | ".join(map(str, found.values())) + " |")
        print(lines[-1], flush=True)
        bad += [f"{name}: {way} is better" for way in worse_than(found)]
    return lines, bad


TABLES = {"robustness": away, "realistic": realistic}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--only", choices=TABLES)
    parser.add_argument("--print", action="store_true", help="leave the page as it is")
    arguments = parser.parse_args()
    program, failed = str(arguments.programs.resolve() / "difftrack"), []
    for name in [arguments.only] if arguments.only else TABLES:
        with tempfile.TemporaryDirectory() as folder:
            lines, bad = TABLES[name](program, folder)
        failed += bad
        if not arguments.print:
            write_table(name, lines)
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
