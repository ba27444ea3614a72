#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which run of the study ships as bergen-dtc, and with which cost of staying unassigned: judged on the validation frames alone.

    tools/choose_model.py build/release/bin [MODEL …]      default: every line-graph model in models/study

Free assignment, 100 protons per frame, mean over 100, 150 and 200 mm of water. Best is the highest F1, the harmonic mean of
strict purity and strict efficiency. Three seconds per row on two cores.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
COSTS = (0.40, 0.45, 0.48, 0.49, 0.495)
KEYS = ("published_purity", "published_efficiency", "strict_purity", "strict_efficiency")


def judge(program, model, cost, scratch):
    """The four figures [%], means over the validation files."""
    files = [ROOT / "data" / f"water{water}_validation.npz" for water in (100, 150, 200)]
    tracks, report = f"{scratch}/tracks", f"{scratch}/report.json"
    subprocess.run([program, "reconstruct", "-q", *files, "--model", model, "--mode", "free", "--unassigned-cost", str(cost),
                    "--per-frame", "100", "--no-keep-partial", "-o", tracks], check=True)
    subprocess.run([program, "evaluate", f"{tracks}.npz", "--json", report], check=True, stdout=subprocess.DEVNULL)
    rows = json.loads(pathlib.Path(report).read_text())
    return [100 * sum(row[key]["value"] for row in rows) / len(rows) for key in KEYS]


def main(bin_folder, *models):
    program = str(pathlib.Path(bin_folder).resolve() / "difftrack")
    models = models or sorted(path for path in (ROOT / "models" / "study").glob("*.safetensors") if "hit_graph" not in path.name)
    table = []
    with tempfile.TemporaryDirectory() as scratch:
        for model in models:
            for cost in COSTS:
                figures = judge(program, model, cost, scratch)
                purity, efficiency = figures[2:]
                table.append((2 * purity * efficiency / (purity + efficiency), pathlib.Path(model).stem, cost, figures))
    print(f"{'model':24}{'unassigned cost':>16}{'published pur / eff':>22}{'strict pur / eff':>20}{'strict F1':>11}")
    for f1, name, cost, (p, e, sp, se) in sorted(table, reverse=True):
        print(f"{name:24}{cost:16}{p:14.2f} / {e:5.2f}{sp:12.2f} / {se:5.2f}{f1:11.2f}")


if __name__ == "__main__":
    sys.exit(__doc__) if len(sys.argv) < 2 else main(*sys.argv[1:])
