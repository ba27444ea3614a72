#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges the trained policies of models/policy beside all other methods, on the test frames of tools/study_data.sh and on
files of hits of one's own, and writes the tables of docs/policy.md.

    tools/policy_results.py build/release/bin --work DIR [--geant4 HITS.npz …]
    tools/policy_results.py --check        exit code 1 where the page is not what docs/policy_results.json gives

Figures that exist in DIR are kept. Ten seconds per method, file and density on two cores.
"""
import argparse
import itertools
import json
import pathlib
import statistics
import subprocess
import sys

from results_page import with_tables

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEPT, PAGE = ROOT / "docs" / "policy_results.json", ROOT / "docs" / "policy.md"
WATER, DENSITIES = (100, 150, 200), (50, 100, 150)
KEYS = ("published_purity", "published_efficiency", "strict_purity", "strict_efficiency")
OTHERS = {"follower": ["--method", "follower"], "physics": ["--method", "physics"], "network": ["--method", "network"],
          "network and physics": ["--method", "combined"], "policy without parameters": ["--method", "policy"], "joint": ["--method", "joint"]}
LABELS = {"proposals": "policy, proposals", "margin": "policy, proposals and margin"}


def seeds():
    """Variant → its models, in the order of their seeds."""
    variants = {}
    for model in sorted((ROOT / "models" / "policy").glob("*_?.safetensors")):
        variants.setdefault(model.stem.rsplit("_", 1)[0], []).append(model)
    return variants


def options_of(variant, model):
    return ["--method", "network" if variant == "ptt" else "policy", "--model", model]


def reconstruct(program, work, name, file, per_frame, options, graph=False):
    tracks = work / name
    if not tracks.with_suffix(".npz").exists():
        subprocess.run([program / "difftrack", "reconstruct", "-q", file, "--per-frame", str(per_frame), "--no-keep-partial", "-o", tracks,
                        *map(str, options), *(["--write-graph"] if graph else [])], check=True, stdout=subprocess.DEVNULL)
    return tracks


def measure(program, work, name, file, per_frame, options):
    """[value, low, high] of each figure, in percent."""
    kept = work / f"{name}.json"
    if not kept.exists():
        tracks = reconstruct(program, work, name, file, per_frame, options)
        subprocess.run([program / "difftrack", "evaluate", f"{tracks}.npz", "--json", kept], check=True, stdout=subprocess.DEVNULL)
        for made in work.glob(f"{name}.[nc]*"):
            made.unlink()
    row = json.loads(kept.read_text())[0]
    return {key: [round(100 * row[key][part], 3) for part in ("value", "low", "high")] for key in KEYS}


def normalised_disagreement(reconstructed):
    """Of every pair of tracks files with their graphs (docs/method.md section 8)."""
    import numpy as np  # not where only --check is asked for

    chosen = []
    for tracks in reconstructed:
        with np.load(f"{tracks}.graph.npz") as graph:
            segments = graph["segments"]
            chosen.append((segments["assigned"].astype(bool), segments["label"].astype(bool)))
    values = []
    for (a, truth), (b, _) in itertools.combinations(chosen, 2):
        m, qa, qb = np.mean(a != b), np.mean(a != truth), np.mean(b != truth)
        values.append(float((m - abs(qa - qb)) / (min(qa + qb, 1.0) - abs(qa - qb))))
    return values


def disagreement(program, work, models):
    """Of every pair of models on 100 mm, 100 per frame."""
    return normalised_disagreement([reconstruct(program, work, f"graph_{variant}_{model.stem}", ROOT / "data" / "water100_test.npz", 100,
                                                options_of(variant, model), graph=True) for variant, model in models])


def run(program, work, geant4):
    results = {"cells": {}, "geant4": {}, "disagreement": {}}
    methods = {name: [options] for name, options in OTHERS.items()}
    for variant, models in seeds().items():
        methods[variant] = [options_of(variant, model) for model in models]
    files = {f"{water}": ROOT / "data" / f"water{water}_test.npz" for water in WATER}
    for name, runs in methods.items():
        for water, file in files.items():
            for density in DENSITIES:
                rows = [measure(program, work, f"{name.replace(' ', '_')}_{i}_{water}_{density}", file, density, options) for i, options in enumerate(runs)]
                results["cells"].setdefault(name, {})[f"{water}/{density}"] = rows
        for file in geant4:
            for density in DENSITIES:
                rows = [measure(program, work, f"{name.replace(' ', '_')}_{i}_{file.stem}_{density}", file, density, options) for i, options in enumerate(runs)]
                results["geant4"].setdefault(name, {})[f"{file.stem}/{density}"] = rows
        print(f"  {name}", flush=True)
    for variant, models in seeds().items():
        if len(models) > 1:
            results["disagreement"][variant] = disagreement(program, work, [(variant, model) for model in models])
    ptt = sorted((ROOT / "models" / "study").glob("ptt_?.safetensors"))
    results["disagreement"]["ptt"] = disagreement(program, work, [("ptt", model) for model in ptt])
    return results


def cell(rows):
    """published purity/efficiency (strict), means over seeds."""
    p, e, sp, se = (statistics.mean(row[key][0] for row in rows) for key in KEYS)
    return f"{p:.1f}/{e:.1f} ({sp:.1f}/{se:.1f})"


def table_of(cells):
    columns = list(next(iter(cells.values())))
    lines = ["| method | " + " | ".join(column.replace("bergen_dtc_water", "").replace("_230MeV", "") for column in columns) + " |",
             "|---|" + "---|" * len(columns)]
    for name, row in cells.items():
        seeds_of = len(next(iter(row.values())))
        label = LABELS.get(name, name) + (f" ({seeds_of} seeds)" if seeds_of > 1 else "")
        lines.append(f"| {label} | " + " | ".join(cell(row[column]) for column in columns) + " |")
    return "\n".join(lines)


def disagreement_table(rows):
    lines = ["| models | pairs | mean | lowest | highest |", "|---|---|---|---|---|"]
    for name, values in rows.items():
        label = "network, PTT with labels" if name == "ptt" else LABELS.get(name, name)
        lines.append(f"| {label} | {len(values)} | {statistics.mean(values):.3f} | {min(values):.3f} | {max(values):.3f} |")
    return "\n".join(lines)


def page(results):
    tables = {"policy cells": table_of(results["cells"]), "policy disagreement": disagreement_table(results["disagreement"])}
    if results["geant4"]:
        tables["policy geant4"] = table_of(results["geant4"])
    return with_tables(PAGE.read_text(), tables, PAGE.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path, nargs="?", help="folder of the programs")
    parser.add_argument("--work", type=pathlib.Path, help="folder for what is measured")
    parser.add_argument("--geant4", type=pathlib.Path, nargs="*", default=[], help="files of hits, judged too")
    parser.add_argument("--check", action="store_true", help="only compare the page with docs/policy_results.json")
    arguments = parser.parse_args()
    if arguments.check:
        sys.exit(page(json.loads(KEPT.read_text())) != PAGE.read_text())
    if arguments.program is None or arguments.work is None:
        parser.error("needs the folder of the programs and --work")
    arguments.work.mkdir(parents=True, exist_ok=True)
    results = run(arguments.program.resolve(), arguments.work.resolve(), [file.resolve() for file in arguments.geant4])
    KEPT.write_text(json.dumps(results, indent=1) + "\n")
    PAGE.write_text(page(results))


if __name__ == "__main__":
    main()
