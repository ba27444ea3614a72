#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges every run of tools/study.sh and every method without a network on the test frames, and writes the tables of
docs/results.md, docs/study.md and docs/reproduction.md.

    tools/results.py build/release/bin [REAL_GATE_FILE]

Figures that exist already are kept (runs/study/figures, one JSON per method and assignment; delete one to measure it
again); docs/results.json holds all of them, and tools/results_page.py makes the pages' tables and picture from it alone.
About 20 seconds per method and assignment on two cores.
"""
import itertools
import json
import pathlib
import re
import shutil
import subprocess
import sys

from results_page import write_pages

ROOT = pathlib.Path(__file__).resolve().parent.parent
STUDY = ROOT / "runs" / "study"
FIGURES = STUDY / "figures"
MODELS = ROOT / "models" / "study"
WATER = (100, 150, 200)
DENSITIES = (50, 100, 150)
KEYS = ("published_purity", "published_efficiency", "strict_purity", "strict_efficiency", "segment_tpr", "segment_fpr")
ORDER = tuple(network + loss for network in ("", "hit_graph_") for loss in ("ptt", "pat_lambda_25", "pat_lambda_50", "pat_lambda_75"))
NETWORK = [("forced", ["--method", "network", "--mode", "forced"]), ("free", ["--method", "network", "--mode", "free"]), ("combined", ["--method", "combined"])]
GATE_BEAM = ["--beam-energy", 250, "--phantom-centre-z", -125]
NO_NETWORK = [("physics", "free"), ("follower", "none"), ("straightness", "forced"), ("oracle", "forced"), ("oracle", "free")]


def difftrack(program, *arguments):
    subprocess.run([program, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def measure(program, name, files, options, newer_than=None):
    """Rows of one method at the three densities, from runs/study/figures/NAME.json if that is there and new enough."""
    cache = FIGURES / f"{name}.json"
    if cache.exists() and (newer_than is None or cache.stat().st_mtime > newer_than.stat().st_mtime):
        return json.loads(cache.read_text())
    rows = []
    for per_frame in DENSITIES:
        tracks = FIGURES / "tracks"
        difftrack(program, "reconstruct", "-q", *files, "--per-frame", per_frame, "--no-keep-partial", "-o", tracks, *options)
        difftrack(program, "evaluate", f"{tracks}.npz", "--json", FIGURES / "part.json")
        for row in json.loads((FIGURES / "part.json").read_text()):
            kept = {key: [row[key][part] for part in ("value", "low", "high")] for key in KEYS}
            rows.append({"source": row["source"], "per_frame": per_frame, "frames": row["frames"], **kept})
    cache.write_text(json.dumps(rows, indent=1) + "\n")
    print(f"  measured: {name}")
    return rows


def collect(known):
    """Adds the finished runs of runs/study to `known` (name → steps, end, best, curve) and their models to models/study, so
    that the pages can be made again without ten hours of training. Unfinished runs are told and left out."""
    MODELS.mkdir(exist_ok=True)
    for folder in STUDY.glob("*_[0-9]*"):
        metrics = json.loads((folder / "metrics.json").read_text())
        if not metrics.get("ended"):
            print(f"  left out, not finished: {folder.name} (step {metrics['steps']})")
            continue
        model = MODELS / f"{folder.name}.safetensors"
        if not model.exists() or model.read_bytes() != (folder / "model.safetensors").read_bytes():
            shutil.copyfile(folder / "model.safetensors", model)
        known[folder.name] = {"steps": metrics["steps"], "ended": metrics["ended"], "best": metrics["best"],
                              "curve": [[v["step"], round(v["purity"], 4), round(v["efficiency"], 4)] for v in metrics["validation"]]}
    return dict(sorted(known.items(), key=lambda run: (ORDER.index(re.sub(r"_\d+$", "", run[0])), run[0])))


def disagreements(program, runs):
    """Normalised disagreement of the forced assignments of every two runs on the test frames at 100 p+/F, water 150."""
    cache = FIGURES / "disagreement.json"
    known = json.loads(cache.read_text()) if cache.exists() else {}
    graphs = {}
    for a, b in itertools.combinations([name for name in runs if not name.startswith("hit_graph")], 2):
        if f"{a} {b}" in known:
            continue
        for name in (a, b):
            if name not in graphs:
                graphs[name] = FIGURES / f"graph_{name}"
                difftrack(program, "reconstruct", "-q", ROOT / "data" / "water150_test.npz", "--model",
                          MODELS / f"{name}.safetensors", "--mode", "forced", "--write-graph", "-o", graphs[name])
        difftrack(program, "evaluate", f"{graphs[a]}.npz", "--compare", f"{graphs[b]}.npz", "--json", FIGURES / "part.json")
        known[f"{a} {b}"] = json.loads((FIGURES / "part.json").read_text())[0]["disagreement"]["normalised"]
        cache.write_text(json.dumps(known, indent=1) + "\n")
    for graph in graphs.values():
        for leftover in FIGURES.glob(f"{graph.name}.*"):
            leftover.unlink()
    return known


def main(bin_folder, real=None):
    program = str(pathlib.Path(bin_folder).resolve() / "difftrack")
    FIGURES.mkdir(parents=True, exist_ok=True)
    test = [ROOT / "data" / f"water{water}_test.npz" for water in WATER]
    out = ROOT / "docs" / "results.json"
    before = json.loads(out.read_text()) if out.exists() else {}
    runs = collect(before.get("runs", {}))
    rows, gate = {}, {}
    for name in runs:
        model = MODELS / f"{name}.safetensors"
        for assignment, options in NETWORK:
            rows[f"{name} {assignment}"] = measure(program, f"{name}_{assignment}", test, ["--model", model, *options], model)
    for method, mode in NO_NETWORK:
        options = ["--method", method] + (["--mode", mode] if method == "oracle" else [])
        rows[f"{method} {mode}"] = measure(program, f"{method}_{mode}", test, options)
        if real:
            beam = GATE_BEAM if method == "physics" else []
            gate[f"{method} {mode}"] = measure(program, f"gate_{method}_{mode}", [real], ["-d", "gate-3mm-al", *options, *beam])
    if real:
        model = ROOT / "models" / "gate-3mm-al.safetensors"
        for assignment, options in NETWORK:
            beam = GATE_BEAM if assignment == "combined" else []
            gate[f"network {assignment}"] = measure(program, f"gate_network_{assignment}", [real],
                                                    ["-d", "gate-3mm-al", *options, *beam], model)
    results = {"runs": runs, "rows": rows, "gate": gate or before.get("gate", {}), "disagreement": disagreements(program, runs)}
    out.write_text(json.dumps(results, indent=None, separators=(",", ":")).replace('},"', '},\n"').replace('],"', '],\n"') + "\n")
    write_pages(results, ROOT / "docs")


if __name__ == "__main__":
    sys.exit(__doc__) if len(sys.argv) < 2 else main(*sys.argv[1:])
