#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the study of docs/landscape.md on the models of models/study, and writes that page's tables and pictures.

    tools/landscape_results.py build/release/bin [--only surfaces hessians lines curves similarity stability]

Data are those of tools/study_data.sh, in data/; results go to runs/landscape, one folder per command, and are kept: what
was killed goes on, what is finished is read. Hours on two cores.
"""
import argparse
import itertools
import json
import pathlib
import statistics
import subprocess
import sys

from landscape_page import variant_of, write_page

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODELS = ROOT / "models" / "study"
RUNS = ROOT / "runs" / "landscape"
VARIANTS = ("ptt", "pat_lambda_25", "pat_lambda_50", "pat_lambda_75")
WATER = (100, 150, 200)
DRAWN = ("ptt_1", "pat_lambda_50_1")  # side by side in the pictures


def frames(split, count, every=1, water=WATER):
    return [f"{ROOT}/data/water{w}_{split}.npz:0:{count}:{every}" for w in water]


def models_of(variant):
    return sorted(MODELS.glob(f"{variant}_?.safetensors"))


def run(program, command, name, *arguments):
    """Report of one command, from runs/landscape/NAME if it is finished."""
    folder = RUNS / name
    if not (folder / "report.json").exists():
        print(f"  {name}", flush=True)
        subprocess.run([program / "difftrack", "study", command, "-q", "--no-plot", "-o", folder, *map(str, arguments)], check=True)
    return json.loads((folder / "report.json").read_text())


def draw(names, output):
    subprocess.run([sys.executable, ROOT / "tools" / "plot_study.py", *(RUNS / name for name in names), "-o", ROOT / "docs" / output],
                   check=True, stdout=subprocess.DEVNULL)


def surfaces(program):
    """A plane around every model, its axes the two largest eigenvectors of the same loss: 9 training frames, as many as
    the published ones divided by eleven, refined where the loss changes."""
    rows = {}
    for variant in VARIANTS:
        for model in models_of(variant):
            report = run(program, "landscape", f"surface/{model.stem}", "--models", model, "--frames", *frames("train", 3, 300),
                         "--points", 17, "--refine", "--refine-levels", 1)
            rows.setdefault(variant, []).append({key: report[key] for key in ("hamming", "bce", "cosine")})
    draw([f"surface/{name}" for name in DRAWN], "landscape.svg")
    return rows


def hessians(program):
    """Ends and trace on 15 frames, the density of two models, which takes nine tenths of the time; of the surrogate, the
    number of factors that are not zero."""
    rows = {}
    for variant in VARIANTS:
        for model in models_of(variant):
            probes = 10 if model.stem in DRAWN else 0
            report = run(program, "hessian", f"hessian/{model.stem}", "--models", model, "--frames", *frames("train", 5, 120),
                         "--density-probes", probes)
            spectrum = report["spectra"][0]
            row = {"name": model.stem, "largest": [pair["value"] for pair in spectrum["largest"]],
                   "smallest": [pair["value"] for pair in spectrum["smallest"]], "trace": spectrum["trace"],
                   "agreement": [spectrum["step_agreement"], spectrum["step_agreement_along_gradient"]]}
            if variant != "ptt":
                row["surrogate"] = surrogate(program, model)
            rows.setdefault(variant, []).append(row)
    draw([f"hessian/{name}" for name in DRAWN], "spectrum.svg")
    return rows


def surrogate(program, model):
    """Segments that the published Hessian of PAT is made of: [non-zero factors, segments]; the ends are cheap then."""
    spectrum = run(program, "hessian", f"surrogate/{model.stem}", "--models", model, "--frames", *frames("train", 10, 60),
                   "--loss", "surrogate", "--top", 1, "--density-probes", 0, "--trace-probes", 0)["spectra"][0]
    return [spectrum["nonzero_factors"], spectrum["segments"], spectrum["largest"][0]["value"]]


def pairs(report):
    keep = ("first", "second", "hamming", "bce", "tpr", "alignment")
    return [{key: pair[key] for key in keep if key in pair} for pair in report["pairs"]]


def lines(program):
    """Straight lines between all models of a variant, and between those of PTT and of λ = 50; before and after alignment."""
    rows = {}
    for align in ("none", "weights"):
        for together in (("ptt", "pat_lambda_50"), ("pat_lambda_25",), ("pat_lambda_75",)):
            models = [model for variant in together for model in models_of(variant)]
            if len(models) < 2:
                continue
            report = run(program, "connect", f"line_{align}/{'_'.join(together)}", "--models", *models, "--frames", *frames("train", 11, 60),
                         "--curve", "linear", "--align", align)
            for pair in pairs(report):
                ends = {variant_of(pair["first"]), variant_of(pair["second"])}
                rows.setdefault(align, {}).setdefault(ends.pop() if len(ends) == 1 else "across", []).append(pair)
    draw(["line_none/ptt_pat_lambda_50", "line_weights/ptt_pat_lambda_50"], "connect.svg")
    return rows


def curves(program):
    """Bézier curves with a trained bend between neighbouring seeds, trained on either loss (published settings)."""
    rows = {}
    for loss in ("hamming", "bce"):
        for variant in ("ptt", "pat_lambda_50"):
            for first, second in itertools.pairwise(models_of(variant)):
                report = run(program, "connect", f"bezier_{loss}/{first.stem}-{second.stem}", "--models", first, second,
                             "--loss", loss, "--frames", *frames("train", 11, 60), "--training-frames", *frames("train", 600))
                rows.setdefault(loss, {}).setdefault(variant, []).extend(pairs(report))
    return rows


def similarity(program):
    everyone = [model for variant in VARIANTS for model in models_of(variant)]
    report = run(program, "similarity", "similarity", "--models", *everyone, "--frames", *frames("test", 2, 40))
    draw(["similarity"], "similarity.svg")
    return {"cka": report["cka"], "disagreement": report["disagreement"]}


def stability(program):
    everyone = [model for variant in VARIANTS for model in models_of(variant)]
    report = run(program, "stability", "stability", "--models", *everyone, "--frames", *frames("test", 50))
    draw(["stability"], "stability.svg")
    return {key: report[key] for key in ("same", "pairs", "segments", "tracks", "downstream", "reference")}


PARTS = {part.__name__: part for part in (surfaces, hessians, lines, curves, similarity, stability)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    arguments = parser.parse_args()
    kept = ROOT / "docs" / "landscape.json"
    results = json.loads(kept.read_text()) if kept.exists() else {}
    for name in arguments.only:
        print(name, flush=True)
        results[name] = PARTS[name](arguments.program.resolve())
        kept.write_text(json.dumps(results, indent=1) + "\n")
    write_page(ROOT / "docs" / "landscape.md", results)


if __name__ == "__main__":
    main()
