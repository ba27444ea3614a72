#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a network beside the joint decision with every teacher and judges it on the test frames of tools/study_data.sh: the
table "joint teachers" of docs/joint.md.

    tools/joint_results.py build/release/bin --work DIR [--steps 300] [--seeds 3] [--teachers scores …]
    tools/joint_results.py --check        exit code 1 where the page is not what docs/joint_results.json gives

All start alike, see the same frames and keep the model with the highest strict F1 on validation frames; what each is told
beside that (SETTINGS) was chosen by the same figure, seed 1. What exists in DIR is kept. Two to three minutes a training
on a quiet core, ten seconds per model, file and density.
"""
import argparse
import json
import math
import pathlib
import statistics
import subprocess
import sys

from policy_results import measure, normalised_disagreement, reconstruct
from results_page import with_tables

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEPT, PAGE = ROOT / "docs" / "joint_results.json", ROOT / "docs" / "joint.md"
EXPERIMENT = ROOT / "experiments" / "joint" / "fenchel_young.toml"
CELLS = ((100, 50), (100, 150), (100, 300), (150, 150), (200, 150))  # mm of water, protons per frame
SETTINGS = {
    "scores": {},
    "blackbox": {"joint.lambda": 4.0},
    "identity": {},
    "implicit_mle": {"joint.lambda": 4.0, "joint.temperature": 0.3},
    "spo_plus": {"joint.lambda": 2.0},
    "fenchel_young": {"joint.temperature": 1.0},
}
STUDENT_95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78}  # two-sided, by the number of seeds


def train(program, work, teacher, seed, steps):
    """A trained model and what its run said; a killed run goes on."""
    folder = work / f"{teacher}_{seed}"
    if not (folder / "done").exists():
        settings = {"joint.teacher": teacher, "schedule.steps": steps, **SETTINGS[teacher]}
        subprocess.run([program / "difftrack", "train", EXPERIMENT, "-q", "--resume", "--threads", "1", "--seed", str(seed), "-o", folder,
                        *(word for key, value in settings.items() for word in ("--set", f"{key}={value}"))], check=True)
        (folder / "done").touch()
    metrics = json.loads((folder / "metrics.json").read_text())
    return folder / "model.safetensors", max(point["merit"] for point in metrics["validation"]), metrics["best"]["step"]


def f1(row):
    purity, efficiency = row["strict_purity"][0], row["strict_efficiency"][0]
    return 2 * purity * efficiency / (purity + efficiency)


def judged(program, work, name, options):
    return {f"{water}/{density}": measure(program, work, f"{name}_{water}_{density}", ROOT / "data" / f"water{water}_test.npz", density, options)
            for water, density in CELLS}


def run(program, work, teachers, seeds, steps):
    results = {"without": judged(program, work, "without", ["--method", "joint"]), "teachers": {}}
    for teacher in teachers:
        rows, graphs = [], []
        for seed in range(1, seeds + 1):
            model, merit, step = train(program, work, teacher, seed, steps)
            options = ["--method", "joint", "--model", model]
            rows.append({"merit": merit, "step": step, "cells": judged(program, work, f"{teacher}_{seed}", options)})
            graphs.append(reconstruct(program, work, f"graph_{teacher}_{seed}", ROOT / "data" / "water100_test.npz", 150, options, graph=True))
            print(f"  {teacher} {seed}", flush=True)
        results["teachers"][teacher] = {"seeds": rows, "disagreement": normalised_disagreement(graphs)}
    return results


def with_interval(values):
    """Mean and 95 % half width over seeds."""
    if len(values) < 2:
        return f"{values[0]:+.2f}"
    return f"{statistics.mean(values):+.2f} ± {STUDENT_95[len(values)] * statistics.stdev(values) / math.sqrt(len(values)):.2f}"


def table_of(results):
    columns = list(results["without"])
    lines = ["| taught by | " + " | ".join(columns) + " | disagreement |", "|---|" + "---|" * (len(columns) + 1),
             "| nobody (`joint`) | " + " | ".join(f"{f1(results['without'][column]):.1f}" for column in columns) + " | |"]
    for teacher, found in results["teachers"].items():
        gains = [[f1(seed["cells"][column]) - f1(results["without"][column]) for seed in found["seeds"]] for column in columns]
        disagreement = f"{statistics.mean(found['disagreement']):.3f}" if found["disagreement"] else "–"
        lines.append(f"| `{teacher}` | " + " | ".join(map(with_interval, gains)) + f" | {disagreement} |")
    return "\n".join(lines)


def page(results):
    return with_tables(PAGE.read_text(), {"joint teachers": table_of(results)}, PAGE.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path, nargs="?", help="folder of the programs")
    parser.add_argument("--work", type=pathlib.Path, help="folder for what is trained and measured")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--teachers", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--check", action="store_true", help="only compare the page with docs/joint_results.json")
    arguments = parser.parse_args()
    if arguments.check:
        sys.exit(page(json.loads(KEPT.read_text())) != PAGE.read_text())
    if arguments.program is None or arguments.work is None:
        parser.error("needs the folder of the programs and --work")
    arguments.work.mkdir(parents=True, exist_ok=True)
    results = run(arguments.program.resolve(), arguments.work.resolve(), arguments.teachers, arguments.seeds, arguments.steps)
    KEPT.write_text(json.dumps(results, indent=1) + "\n")
    PAGE.write_text(page(results))


if __name__ == "__main__":
    main()
