#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How far trackers depend on the simulation they meet: the shipped model of bergen-dtc and methods without a network, on variants of our
simulation, on real Geant4 files and on physics 1. Writes the table between the marks of docs/physics.md.

    tools/robustness.py build/release/bin ../shared/data/geant4 [PHYSICS_1_BIN]

PHYSICS_1_BIN is a folder with a `difftrack` whose simulation is of version 1; without it that row is left as it stands. Ten minutes on
two cores. Nothing is trained or chosen here.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "physics.md"
BEGIN, END = "<!-- robustness -->", "<!-- end of robustness -->"
METHODS = {"network": ["--method", "network"], "combined": ["--method", "combined"], "physics": ["--method", "physics"],
           "follower": ["--method", "follower"]}
DENSITIES = (50, 100, 150)
PROTONS = "--phantom water:100 --primaries 10000 --seed 913 --sigma 3.4 --divergence 2.45mrad --emittance 20.8mm-mrad"  # Geant4's beam
SIMULATED = {  # options of `difftrack simulate`
    "`geant4_like` (Urban-like), the default": "",
    "`wentzelvi_like`": "--scattering wentzelvi_like",
    "`displaced`": "--scattering displaced",
    "fine steps (`--step-share 0.01`)": "--step-share 0.01",
    "small cuts (`--electron-cut {cut}`)": "--electron-cut {cut}",
    "without nuclear elastic tails and reactions (`--no-nuclear`)": "--no-nuclear",
    "without electrons (`--no-electrons`)": "--no-electrons",
}
REAL = {"Geant4 11.4 (Urban)": "bergen_dtc_water100_230MeV.npz", "Geant4, cuts of micrometres": "bergen_dtc_water100_small_cuts.npz"}
CUT = "0.007"  # mm; threshold of 30 keV, where the spectrum of the file of small cuts begins


def figures(program, steps, method):
    """What `difftrack evaluate` tells, per density."""
    out = []
    for per_frame in DENSITIES:
        subprocess.run([program, "reconstruct", "-q", steps, "--detector", "bergen-dtc", "--per-frame", str(per_frame), "--no-keep-partial",
                        *METHODS[method], "-o", "tracks"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([program, "evaluate", "tracks.npz", "--json", "m.json"], check=True, stdout=subprocess.DEVNULL)
        out.append(json.loads(pathlib.Path("m.json").read_text())[0])
    return out


def cell(m, kind="published"):
    return f"{100 * m[kind + '_purity']['value']:.1f} / {100 * m[kind + '_efficiency']['value']:.1f}"


def half_width(m):
    share = m["strict_efficiency"]
    return None if share["low"] is None else 50 * (share["high"] - share["low"])


def old_rows():
    """{(simulation, method): line} of the table that stands in the page."""
    body = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    return {tuple(c.strip() for c in line.split("|")[1:3]): line for line in body.splitlines() if line.startswith("| ")}


def main(bin_folder, data, first=None):
    program = str(pathlib.Path(bin_folder).resolve() / "difftrack")
    jobs = {name: str(pathlib.Path(data).resolve() / file) for name, file in REAL.items()}
    lines, widths, known = [], [], old_rows()
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)

        def simulate(who, options, name):
            subprocess.run([who, "simulate", "-q", *PROTONS.split(), *options.split(), "-o", name], check=True, stdout=subprocess.DEVNULL)
            return name
        for number, (name, options) in enumerate(SIMULATED.items()):
            jobs[name.format(cut=CUT)] = simulate(program, options.format(cut=CUT), f"steps{number}.npz")
        jobs["physics 1"] = simulate(str(pathlib.Path(first).resolve() / "difftrack"), "", "first.npz") if first else None
        for name, steps in jobs.items():
            for method in METHODS:
                if steps is None:
                    lines += [line for key, line in known.items() if key == (name, method)]
                    continue
                found = figures(program, steps, method)
                widths += [w for w in map(half_width, found) if w is not None]
                lines.append(f"| {name} | {method} | " + " | ".join([*map(cell, found), cell(found[1], "strict")]) + " |")
                print(lines[-1], flush=True)
    table = "\n".join(["| simulation | method | 50 per frame | 100 | 150 | strict, 100 |", "|---|---|---|---|---|---|", *lines])
    table += f"\n\n95 % half widths of the strict efficiencies: {min(widths):.1f} to {max(widths):.1f} points."
    text = PAGE.read_text()
    PAGE.write_text(re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: f"{BEGIN}\n{table}\n{END}", text, flags=re.S))


if __name__ == "__main__":
    main(*sys.argv[1:])
