#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tunes methods of the tracker on validation frames, beside equally many settings of a Sobol set, and judges both on test frames of
other seeds: the change in strict F1 against what ships, with the 95 % interval over pairs of test files.

  tools/tune_tracker.py PROGRAM_FOLDER [physics network joint training estimator architecture] [--trials 40] [--seeds 1] [--tests 12]

`training` and `estimator` fine-tune a network for 30 steps; beside them stands the same with what the experiment says, and no
fine-tuning ("shipped"). `architecture` trains networks from random weights; changes are against the published one, trained alike.
Data go to data/tune, runs to runs/tune; what is there is kept. About two minutes of CPU per method and search."""
import argparse
import concurrent.futures
import dataclasses
import json
import math
import os
import pathlib
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA, RUNS = ROOT / "data" / "tune", ROOT / "runs" / "tune"
VALIDATION_SEED, TEST_SEED, TRAINING_SEED = 9100, 9200, 9300  # of no other data
START = ROOT / "models" / "study" / "ptt_1.safetensors"


@dataclasses.dataclass(frozen=True)
class Training:
    """What a trial of a method trains: as its file in experiments/tune says it."""
    experiment: str
    flags: tuple
    steps: int
    as_written: dict  # of experiments/line_graph, but for fewer frames
    start: pathlib.Path | None = START  # none: random weights
    per_frame: int = 100


TRAINED = {
    "training": Training("pat_lambda_50", ("--init-from", START), 30, {"learning_rate": 1e-3, "lambda": 50.0, "frames_per_step": 4}),
    "estimator": Training("pat_lambda_50", ("--init-from", START, "--loss", "own", "--estimator", "fenchel_young", "--frames-per-step", 4), 30,
                          {"learning_rate": 1e-3, "temperature": 0.05, "samples": 4}),
    "architecture": Training("ptt", ("--path", "plain", "--frames-per-step", 4), 150, {"hidden": 16, "message_steps": 1, "learning_rate": 1e-3},
                             None, 25)}
STUDENT = {3: 4.30, 4: 3.18, 6: 2.57, 8: 2.36, 12: 2.20, 16: 2.13, 20: 2.09, 24: 2.07}  # 97.5 % quantile for so many files


def run(*words):
    subprocess.run([str(word) for word in words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def simulate(name, seed, primaries):
    path = DATA / f"{name}.npz"
    if not path.exists():
        run("difftrack", "simulate", "--phantom", "water:100", "--primaries", primaries, "--seed", seed, "-q", "-o", path)
    return path


def search(method, how, seed, trials):
    """The best setting, and its figure on validation frames; `how`: tuned, or a Sobol set alone."""
    out = RUNS / f"{method}_{how}_{trials}_{seed}"
    if not (out / "best.json").exists():
        first = ["--first", trials] if how == "sobol" else []
        run("difftrack", "tune", f"experiments/tune/{method}.toml", "-o", out, "--trials", trials, "--seed", seed, "--threads", 1, "-q", *first)
    best = json.loads((out / "best.json").read_text())
    return best["setting"], best["figure"]


def trained(training, setting, flags, folder):
    """The model that is trained with this setting; without one: what it begins with."""
    if not setting:
        return training.start
    model = folder / "run" / "model.safetensors"
    if not model.exists():
        run("difftrack", "train", f"experiments/line_graph/{training.experiment}.toml", *training.flags, "--training", DATA / "training.npz",
            "--validation", DATA / "curve.npz", "--max-validation-frames", 1, "--out", model.parent, "--threads", 1, "-q", "--steps",
            training.steps, "--per-frame", training.per_frame, *flags)
    return model


def strict_f1(method, setting, source, folder):
    """Of one file of steps, by the command of the experiment."""
    flags = [text for name, value in setting.items() for text in ("--" + name.replace("_", "-"), value)]
    out = folder / source.stem
    if training := TRAINED.get(method):
        words = ["--model", trained(training, setting, flags, folder), "--mode", "forced", "--per-frame", training.per_frame]
    else:
        words = ["--method", method, *(["--mode", "free"] if method == "network" else []), *flags]
    run("difftrack", "reconstruct", source, *words, "--threads", 1, "-q", "-o", out)
    run("difftrack", "evaluate", f"{out}.npz", "--json", f"{out}.json")
    for ending in ("npz", "csv"):
        pathlib.Path(f"{out}.{ending}").unlink()
    return json.loads(pathlib.Path(f"{out}.json").read_text())[0]["strict_f1"]


def judge(method, setting, tests, name):
    folder = RUNS / "test" / f"{method}_{name}"
    kept = folder / "f1.json"
    if kept.exists() and len(there := json.loads(kept.read_text())) == len(tests):
        return there
    folder.mkdir(parents=True, exist_ok=True)
    values = [strict_f1(method, setting, source, folder) for source in tests]
    kept.write_text(json.dumps(values))
    return values


def interval(values):
    half = STUDENT.get(len(values), 1.98) * statistics.stdev(values) / math.sqrt(len(values))
    return statistics.mean(values), statistics.mean(values) - half, statistics.mean(values) + half


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("methods", nargs="*", default=["physics", "network", "joint"])
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=1, help="searches of each kind")
    parser.add_argument("--tests", type=int, default=12, help="files of 3000 primaries; validation has 12000, that of training's curve 3000")
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    os.environ["PATH"] = f"{asked.programs.resolve()}:{os.environ['PATH']}"
    DATA.mkdir(parents=True, exist_ok=True)
    RUNS.mkdir(parents=True, exist_ok=True)
    simulate("validation", VALIDATION_SEED, 12000)
    simulate("curve", VALIDATION_SEED + 1, 3000)
    simulate("training", TRAINING_SEED, 12000)
    tests = [simulate(f"test_{i}", TEST_SEED + i, 3000) for i in range(asked.tests)]
    print("| method | search | seed | validation F1 [%] | test F1 [%] | change on test [points] | setting |\n|---|---|---|---|---|---|---|")
    for method in asked.methods:
        training = TRAINED.get(method)
        kinds = [(how, seed) for how in ("sobol", "tuned") for seed in range(1, asked.seeds + 1)]
        with concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
            found = list(pool.map(lambda kind: search(method, *kind, asked.trials), kinds))
        if training:
            kinds, found = [("as written", 1), *kinds], [(training.as_written, math.nan), *found]
        shipped = judge(method, {}, tests, "shipped") if not training or training.start else None
        if shipped:
            print(f"| {method} | shipped | | | {100 * statistics.mean(shipped):.2f} | | |", flush=True)
        for (how, seed), (setting, figure) in zip(kinds, found):
            values = judge(method, setting, tests, f"{how.replace(' ', '_')}_{asked.trials}_{seed}")
            shipped = shipped or values  # the published network
            mean, low, high = interval([a - b for a, b in zip(values, shipped)])
            text = ", ".join(f"{name} {value:.3g}" for name, value in setting.items())
            print(f"| {method} | {how} | {seed} | {'' if math.isnan(figure) else f'{100 * figure:.2f}'} | {100 * statistics.mean(values):.2f} | "
                  f"{100 * mean:+.2f} [{100 * low:+.2f}, {100 * high:+.2f}] | {text} |", flush=True)


if __name__ == "__main__":
    main()
