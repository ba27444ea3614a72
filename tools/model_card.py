#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures a model in models/ on freshly simulated test frames and writes its card: models/NAME.json and models/NAME.md.

    tools/model_card.py build/release/bin gate-3mm-al [REAL_FILE]

The test frames have seeds of their own; nothing was chosen on them. REAL_FILE is evaluated beside them, for the transfer
from simulated to real data. tests/apps/shipped_models_test.cpp holds every model to the figures of its JSON.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

GATE_BEAM = "--detector gate-3mm-al --phantom water:250 --energy 250 --sigma 0 --divergence 0 --emittance 0"
TEST_FRAMES = {
    "bergen-dtc": [(f"{water} mm of water", f"--phantom water:{water} --primaries 4000 --seed 5{water}", [50, 100, 150])
                   for water in (100, 150, 200)],
    "gate-3mm-al": [("250 mm of water, 250 MeV", f"{GATE_BEAM} --primaries 6000 --seed 47", [50, 100, 150])],
}
GRONINGEN_BEAM = "--detector groningen-w --phantom none --sigma 0 --divergence 11.5mrad --emittance 0 --energy-spread 2"
TEST_FRAMES["groningen-w"] = [(f"{energy} MeV", f"{GRONINGEN_BEAM} --energy {energy} --primaries 4000 --seed 3{energy}", [20, 50, 100])
                              for energy in (150, 160, 180)]
RECONSTRUCT = {  # how steps become hits, where it is not as published
    "groningen-w": "--hits pixels --pixel-gamma 0.012 --pixel-threshold 40 --pixel-threshold-spread 8 --pixel-noise 5 "
                   "--pixel-noise-hit-rate 3.4e-5 --pixel-seed 2",
}
MODES = {"bergen-dtc": ("free", "with physics", "forced")}
KEYS = ["published_purity", "published_efficiency", "strict_purity", "strict_efficiency"]


def measure(run, steps, detector, name, per_frame, mode, options=()):
    how = ["--method", "combined"] if mode == "with physics" else ["--mode", mode]
    run("reconstruct", "-q", steps, "--detector", detector, "--model", name, "--per-frame", str(per_frame), *how,
        "--no-keep-partial", *options, "-o", "tracks")
    run("evaluate", "tracks.npz", "--json", "m.json")
    return json.loads(pathlib.Path("m.json").read_text())[0]


def with_interval(share):
    """Without one where there is none: a single frame, or a published share above 100 %."""
    interval = "" if share["low"] is None else f" [{100 * share['low']:.1f}, {100 * share['high']:.1f}]"
    return f"{100 * share['value']:.1f}{interval}"


def row(label, per_frame, mode, m):
    cells = [with_interval(m[key]) for key in KEYS]
    return f"| {label} | {per_frame} | {mode} | {m['frames']} | " + " | ".join(cells) + " |"


def main(bin_folder, name, real=None):
    program = str(pathlib.Path(bin_folder).resolve() / "difftrack")
    models = pathlib.Path(__file__).resolve().parent.parent / "models"
    real = real and str(pathlib.Path(real).resolve())
    lines, figures = [], []
    with tempfile.TemporaryDirectory() as scratch:
        def run(*arguments):
            subprocess.run([program, *arguments], cwd=scratch, check=True, stdout=subprocess.DEVNULL)
        os.chdir(scratch)
        for label, options, densities in TEST_FRAMES[name]:
            run("simulate", "-q", *options.split(), "-o", "steps.npz")
            at = []
            for per_frame in densities:
                for mode in MODES.get(name, ("free", "forced")):
                    m = measure(run, "steps.npz", name, name, per_frame, mode, RECONSTRUCT.get(name, "").split())
                    lines.append(row(label, per_frame, mode, m))
                    if mode == "free":
                        at.append({"per_frame": per_frame, **{key: round(m[key]["value"], 4) for key in KEYS}})
            figures.append({"name": label, "simulate": options, "at": at})
        for per_frame in (50, 100, 150) if real else ():
            for mode in ("free", "forced"):
                lines.append(row("real GATE file", per_frame, mode, measure(run, real, name, name, per_frame, mode)))
    (models / f"{name}.json").write_text(json.dumps({"detector": name, "assignment": "free", **({"reconstruct": RECONSTRUCT[name]} if name in RECONSTRUCT else {}),
                                                   "figures": figures}, indent=1) + "\n")
    table = "\n".join(["| frames of | p+/F | assignment | frames | published purity [%] | published efficiency [%] | strict purity [%] "
                       "| strict efficiency [%] |", "|---|---|---|---|---|---|---|---|", *lines])
    card = models / f"{name}.md"
    text = card.read_text() if card.exists() else f"# {name}\n\n<!-- figures -->\n"
    begin, end = "<!-- figures -->", "<!-- end of figures -->"
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    card.write_text(f"{head}{begin}\n{table}\n{end}{tail}")


if __name__ == "__main__":
    main(*sys.argv[1:])
