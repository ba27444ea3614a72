#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The range straggling that no range finder can beat: the limit in docs/image.md#wepl.

    tools/straggling_limit.py 13 91 173 287 [--difftrack build/release/bin/difftrack] [--protons 5000] [--seed 1] [--no-nuclear]

bergen-dtc tells where a proton stops to a layer, 8 mm of water. Here its absorbers are cut into slices of 0.25 mm that
are all recorded, matter and places otherwise the same, so that the true end of every proton is known to 0.53 mm of water.
Told is, for each thickness of water [mm], the spread of these ends: standard deviation of the core (three standard
deviations, again and again until nothing more goes) of primaries that stop by their energy loss, once of all and once of
those whose position and slope on the first planes lie within three standard deviations of the others', as an image
keeps them (RobustCuts).
"""
import argparse
import ast
import collections
import math
import pathlib
import random
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SLICES = 14          # of an absorber
SLICE = 0.25         # mm of aluminium, the middle 0.002 mm of it recorded
ALUMINIUM = 2.119    # mm of water that stop a proton of 150 MeV as 1 mm of aluminium does (tables of the room matter)
LAYER = 8.158        # mm of water of a calorimeter layer (detector::layer_matter)
ELECTRONICS = LAYER - SLICES * SLICE * ALUMINIUM
STOPS = 0.015        # MeV in 0.002 mm of aluminium: half of what a proton with 1 mm of water to go deposits, and more
STOPS_SENSOR = 0.15  # MeV in 0.025 mm of silicon
ROUNDS = 50
RESAMPLED = 30


def fine_description(text):
    """The description of bergen-dtc with every absorber cut into recorded slices."""
    found = re.search(r"calorimeter = \[\n(.*?)\n\]\n", text, re.S)
    absorber = f'  ["aluminium", {SLICE * SLICES:.3f}],'
    count = re.search(r'\[\[layers\]\]\nstack = "calorimeter"\ncount = (\d+)\n', text)
    if not found or absorber not in found[1] or not count:
        sys.exit("detectors/bergen-dtc.toml has no calorimeter of sensors and absorbers of 3.5 mm of aluminium")
    half = (SLICE - 0.002) / 2
    stacks = (f"front = [\n{found[1].replace(absorber, '').rstrip()}\n]\n"
              f'slice = [\n  ["aluminium", {half}], ["aluminium", 0.002, "sensitive"], ["aluminium", {half}],\n]\n')
    groups = f'[[layers]]\nstack = "front"\n\n[[layers]]\nstack = "slice"\ncount = {SLICES}\n\n' * int(count[1])
    text = text.replace(count[0], groups).replace(found[0], stacks)
    return text.replace('name = "bergen-dtc"', 'name = "bergen-dtc-in-slices"')


def steps_of_primaries(path):
    """Event, x, y, z, deposit and level2ID of the primaries' steps, by event and z."""
    kinds = {"<i4": "i", "<f4": "f", "|u1": "B", "<i8": "q", "<f8": "d"}
    with zipfile.ZipFile(path) as archive, archive.open("arr_0.npy") as file:
        file.read(8)
        head = ast.literal_eval(file.read(struct.unpack("<H", file.read(2))[0]).decode())
        row = struct.Struct("<" + "".join(kinds[kind] for _, kind in head["descr"]))
        names = [name for name, _ in head["descr"]]
        at = [names.index(n) for n in ("eventID", "posX", "posY", "posZ", "edep", "level2ID")]
        track, parent, pdg = (names.index(n) for n in ("trackID", "parentID", "PDGEncoding"))
        steps = [tuple(r[i] for i in at) for r in row.iter_unpack(file.read()) if r[track] == 1 and r[parent] == 0 and r[pdg] == 2212]
    return sorted(steps, key=lambda s: (s[0], s[3]))


def core_of(values):
    """Mean, standard deviation and number of what stays within three standard deviations."""
    values = sorted(values)
    n = len(values)
    mean, sd, inside = values[n // 2], (values[9 * n // 10] - values[n // 10]) / 2.563, -1
    for _ in range(ROUNDS):
        kept = [v for v in values if abs(v - mean) <= 3 * sd]
        if len(kept) == inside:
            break
        inside = len(kept)
        mean = sum(kept) / inside
        sd = math.sqrt(sum((v - mean)**2 for v in kept) / inside)
    return mean, sd, inside


def squared_pulls(pairs):
    """Of position and slope together, against those within three standard deviations of the rest."""
    kept = pairs
    for _ in range(5):
        n = len(kept)
        a, b = sum(p[0] for p in kept) / n, sum(p[1] for p in kept) / n
        xx, xs, ss = (sum((p[i] - m) * (p[k] - o) for p in kept) / n for i, m, k, o in ((0, a, 0, a), (0, a, 1, b), (1, b, 1, b)))
        det = xx * ss - xs * xs
        pulls = [(ss * (x - a)**2 - 2 * xs * (x - a) * (s - b) + xx * (s - b)**2) / det for x, s in pairs]
        kept = [p for p, q in zip(pairs, pulls) if q < 9]
    return pulls


Proton = collections.namedtuple("Proton", "end x slope_x y slope_y")


def stopped(steps, seed):
    """The protons that stop by their energy loss behind the first two planes; ends in mm of water."""
    draw = random.Random(seed)
    events = collections.defaultdict(list)
    for step in steps:
        events[step[0]].append(step)
    protons = []
    for track in events.values():
        _, x, y, z, _, level = track[-1]
        layer, slice_ = divmod(level, SLICES + 1)
        deposit = max(step[4] for step in track[-2:])
        if len(track) < 3 or level < 1 or track[1][5] != -1 or deposit <= (STOPS if slice_ > 0 else STOPS_SENSOR):
            continue
        # It stopped somewhere in the slice; spreading it evenly adds 0.15 mm in quadrature, 0.1 % of the spread.
        end = LAYER * layer + (0 if slice_ == 0 else ELECTRONICS + (slice_ - 0.5) * SLICE * ALUMINIUM)
        gap = track[1][3] - track[0][3]
        protons.append(Proton(end + draw.uniform(0, SLICE * ALUMINIUM), track[0][1], (track[1][1] - track[0][1]) / gap,
                              track[0][2], (track[1][2] - track[0][2]) / gap))
    return protons


def limit(difftrack, water, protons, seed, nuclear):
    """The spread [mm of water] with its standard deviation, share in the core: of all that stop, and of those kept."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "fine.toml").write_text(fine_description((ROOT / "detectors/bergen-dtc.toml").read_text()))
        command = [difftrack, "simulate", "-q", "--detector", folder / "fine.toml", "--phantom", f"water:{water:g}",
                   "--primaries", protons, "--seed", seed, "-o", folder / "steps.npz"] + ([] if nuclear else ["--no-nuclear"])
        subprocess.run([str(c) for c in command], check=True)
        all_ = stopped(steps_of_primaries(folder / "steps.npz"), seed)
    across, down = squared_pulls([(p.x, p.slope_x) for p in all_]), squared_pulls([(p.y, p.slope_y) for p in all_])
    kept = [p for p, a, b in zip(all_, across, down) if a < 9 and b < 9]
    rows, draw = [], random.Random(seed)
    for sample in (all_, kept):
        ends = [p.end for p in sample]
        _, sd, inside = core_of(ends)
        # What belongs to the core is decided by the sample, too, so the error is that of samples drawn from this one.
        again = [core_of(draw.choices(ends, k=len(ends)))[1] for _ in range(RESAMPLED)]
        rows.append((sd, statistics.stdev(again), inside / len(sample)))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("water", nargs="+", type=float, help="mm of water before the detector")
    parser.add_argument("--difftrack", default=str(ROOT / "build/release/bin/difftrack"))
    parser.add_argument("--protons", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-nuclear", action="store_true", help="without elastic scattering and reactions")
    options = parser.parse_args()
    print("| water | all that stop | in the core | those kept | in the core |\n|---|---|---|---|---|")
    for water in options.water:
        cells = [f"{sd:.2f} ± {error:.2f} mm | {100 * share:.1f} %"
                 for sd, error, share in limit(options.difftrack, water, options.protons, options.seed, not options.no_nuclear)]
        print(f"| {water:g} mm | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
