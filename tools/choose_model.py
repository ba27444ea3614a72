#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which run of the study ships as bergen-dtc, and with which cost of staying unassigned: judged on the validation frames alone.

    tools/choose_model.py build/release/bin [MODEL …]      default: every line-graph model in models/study

100 protons per frame, mean over 100, 150 and 200 mm of water. The measure is F1, the harmonic mean of strict purity and strict
efficiency. First comes the run that does best together with physics (--method combined); its cost is the one that does best
with free assignment of its scores alone. Ten seconds per model on two cores.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
COSTS = (0.30, 0.33, 0.36, 0.40, 0.45, 0.48, 0.49, 0.495)
KEYS = ("published_purity", "published_efficiency", "strict_purity", "strict_efficiency")


def judge(program, model, options, scratch):
    """F1 and the four figures [%], means over the validation files."""
    files = [ROOT / "data" / f"water{water}_validation.npz" for water in (100, 150, 200)]
    tracks, report = f"{scratch}/tracks", f"{scratch}/report.json"
    subprocess.run([program, "reconstruct", "-q", *files, "--model", model, *options, "--per-frame", "100",
                    "--no-keep-partial", "-o", tracks], check=True)
    subprocess.run([program, "evaluate", f"{tracks}.npz", "--json", report], check=True, stdout=subprocess.DEVNULL)
    rows = json.loads(pathlib.Path(report).read_text())
    figures = [100 * sum(row[key]["value"] for row in rows) / len(rows) for key in KEYS]
    return 2 * figures[2] * figures[3] / (figures[2] + figures[3]), figures


def show(figures):
    return "{:.2f} / {:.2f}   {:.2f} / {:.2f}".format(*figures)


def main(bin_folder, *models):
    program = str(pathlib.Path(bin_folder).resolve() / "difftrack")
    models = models or sorted(path for path in (ROOT / "models" / "study").glob("*.safetensors") if "hit_graph" not in path.name)
    table = []
    with tempfile.TemporaryDirectory() as scratch:
        for model in models:
            free = [(*judge(program, model, ["--mode", "free", "--unassigned-cost", str(cost)], scratch), cost) for cost in COSTS]
            table.append((judge(program, model, ["--method", "combined"], scratch), max(free), pathlib.Path(model).stem))
    print("published and strict purity / efficiency [%]")
    print(f"{'':18}{'with physics':>30}{'F1':>7}{'free':>28}{'F1':>7}{'at cost':>9}")
    for (f1, figures), (free_f1, free_figures, cost), name in sorted(table, reverse=True):
        print(f"{name:18}{show(figures):>30}{f1:7.2f}{show(free_figures):>30}{free_f1:7.2f}{cost:7}")


if __name__ == "__main__":
    sys.exit(__doc__) if len(sys.argv) < 2 else main(*sys.argv[1:])
