#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""difftrack.tune beside the Gaussian processes of scikit-learn, Optuna and BoTorch, and beside random search: how many trials each
needs on functions whose minimum is known, and how long it takes to choose one. What is not installed is skipped, and that is said.

  bench/tune/compare.py quality [--problems levy5 …] [--methods lazy …] [--seeds 100] [--trials 100] [--shard 0/4] -o FILE.jsonl
  bench/tune/compare.py speed [--methods lazy …] [--sizes 50 …] -o FILE.jsonl
  bench/tune/compare.py table FILE.jsonl…

A line of the file is one run; runs that are there are not repeated, so a long comparison may be stopped and grown."""
import argparse
import importlib
import json
import math
import os
import pathlib
import statistics
import sys
import time
import warnings

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")  # all have one thread

import numpy as np  # noqa: E402

FIRST = 10  # trials before a model is asked, for everybody

HARTMANN_A = np.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]])
HARTMANN_P = 1e-4 * np.array([[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
                              [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]])


def levy(x):
    w = 1 + (np.asarray(x) - 1) / 4
    return float(np.sin(np.pi * w[0]) ** 2 + np.sum((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(np.pi * w[:-1] + 1) ** 2))
                 + (w[-1] - 1) ** 2 * (1 + np.sin(2 * np.pi * w[-1]) ** 2))


def branin(x):
    a, b = x
    return (b - 5.1 * a * a / (4 * math.pi**2) + 5 * a / math.pi - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(a) + 10


def hartmann6(x):
    return -float(np.array([1, 1.2, 3, 3.2]) @ np.exp(-(HARTMANN_A * (np.asarray(x) - HARTMANN_P) ** 2).sum(1)))


# name → function, box, smallest value, and how near to it counts as found
PROBLEMS = {"levy5": (levy, [(-10, 10)] * 5, 0.0, 1.0), "branin": (branin, [(-5, 10), (0, 15)], 0.39788736, 0.01),
            "hartmann6": (hartmann6, [(0, 1)] * 6, -3.32236801, 0.1)}


class Ours:
    """difftrack.tune, with options of `difftrack tune`."""

    def __init__(self, box, seed, **options):
        tune = importlib.import_module("difftrack.tune")
        self.names = [f"x{i}" for i in range(len(box))]
        self.proposer = tune.Proposer({n: tune.Real(*b) for n, b in zip(self.names, box)}, seed=seed, threads=1, first=FIRST, **options)

    def ask(self):
        (self.setting,) = self.proposer.propose()
        return [self.setting[name] for name in self.names]

    def tell(self, x, value):
        self.proposer.tell([dict(zip(self.names, x))], [value])


class Random:
    def __init__(self, box, seed):
        self.box, self.draw = np.array(box, float), np.random.default_rng(seed)
        self.x, self.y = [], []

    def ask(self):
        return list(self.draw.uniform(self.box[:, 0], self.box[:, 1]))

    def tell(self, x, value):
        self.x.append((np.array(x) - self.box[:, 0]) / (self.box[:, 1] - self.box[:, 0]))
        self.y.append(value)

    def back(self, unit):
        return list(self.box[:, 0] + np.clip(unit, 0, 1) * (self.box[:, 1] - self.box[:, 0]))


class ScikitLearn(Random):
    """Expected improvement on GaussianProcessRegressor, fitted anew for every trial; the best of 1000 places, climbed."""

    def ask(self):
        if len(self.y) < FIRST:
            return super().ask()
        from scipy import optimize, stats
        from sklearn.gaussian_process import GaussianProcessRegressor, kernels
        d, y = self.box.shape[0], np.array(self.y)
        kernel = kernels.ConstantKernel(1.0, (1e-3, 1e4)) * kernels.Matern([0.5] * d, (1e-2, 1e2), nu=2.5) + kernels.WhiteKernel(1e-4, (1e-8, 1))
        process = GaussianProcessRegressor(kernel, normalize_y=True, n_restarts_optimizer=1, random_state=1).fit(np.array(self.x), y)

        def loss(places):
            mean, deviation = process.predict(np.atleast_2d(places), return_std=True)
            z = (y.min() - mean) / np.maximum(deviation, 1e-12)
            return -deviation * (z * stats.norm.cdf(z) + stats.norm.pdf(z))

        best = self.x[int(y.argmin())]
        starts = np.vstack([self.draw.random((800, d)), np.clip(best + 0.05 * self.draw.normal(size=(200, d)), 0, 1)])
        tops = starts[np.argsort(loss(starts))[:3]]
        climbed = [optimize.minimize(lambda x: float(loss(x)[0]), top, bounds=[(0, 1)] * d, method="L-BFGS-B", options={"maxiter": 20})
                   for top in tops]
        return self.back(min(climbed, key=lambda end: end.fun).x)


class Optuna(Random):
    def __init__(self, box, seed):
        super().__init__(box, seed)
        optuna = importlib.import_module("optuna")
        importlib.import_module("torch")
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.study = optuna.create_study(sampler=optuna.samplers.GPSampler(seed=seed, n_startup_trials=FIRST, deterministic_objective=True))

    def ask(self):
        self.trial = self.study.ask()
        return [self.trial.suggest_float(f"x{i}", low, high) for i, (low, high) in enumerate(self.box)]

    def tell(self, x, value):
        self.study.tell(self.trial, value)

    def fill(self, points, values):
        """What is known, without asking for it."""
        optuna = importlib.import_module("optuna")
        kinds = {f"x{i}": optuna.distributions.FloatDistribution(low, high) for i, (low, high) in enumerate(self.box)}
        self.study.add_trials([optuna.trial.create_trial(params={f"x{i}": float(v) for i, v in enumerate(x)}, distributions=kinds, value=y)
                               for x, y in zip(points, values)])


class BoTorch(Random):
    """SingleTaskGP as it comes, LogExpectedImprovement, 256 raw samples and 8 restarts."""

    def __init__(self, box, seed):
        super().__init__(box, seed)
        importlib.import_module("botorch")
        importlib.import_module("torch").manual_seed(seed)

    def ask(self):
        if len(self.y) < FIRST:
            return super().ask()
        import torch
        from botorch.acquisition.analytic import LogExpectedImprovement
        from botorch.fit import fit_gpytorch_mll
        from botorch.models import SingleTaskGP
        from botorch.optim import optimize_acqf
        from gpytorch.mlls import ExactMarginalLogLikelihood
        y = -np.array(self.y)
        values = torch.tensor((y - y.mean()) / (y.std() or 1.0)).unsqueeze(-1)
        model = SingleTaskGP(torch.tensor(np.array(self.x)), values)
        fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
        d = len(self.box)
        place, _ = optimize_acqf(LogExpectedImprovement(model, values.max()), bounds=torch.tensor([[0.0] * d, [1.0] * d], dtype=torch.double),
                                 q=1, num_restarts=8, raw_samples=256)
        return self.back(place[0].numpy())


METHODS = {"lazy": Ours, "lag 10": lambda box, seed: Ours(box, seed, eager=0), "full": lambda box, seed: Ours(box, seed, lag=1),
           "scikit-learn": ScikitLearn, "optuna": Optuna, "botorch": BoTorch, "random": Random}
MODULES = {"lazy": "difftrack.tune", "lag 10": "difftrack.tune", "full": "difftrack.tune", "scikit-learn": "sklearn",
           "optuna": "optuna torch", "botorch": "botorch"}


def installed(methods):
    """Those of the methods that can run here; says which cannot."""
    there = []
    for method in methods:
        try:
            for module in MODULES.get(method, "math").split():
                importlib.import_module(module)
            there.append(method)
        except ImportError as error:
            print(f"{method} is skipped: {error}", file=sys.stderr)
    return there


def fill(search, points, values):
    if isinstance(search, Ours):
        search.proposer.tell([dict(zip(search.names, x)) for x in points.tolist()], values)
    elif isinstance(search, Optuna):
        search.fill(points, values)
    else:
        for x, value in zip(points, values):
            search.tell(x, value)


def run(method, problem, seed, trials):
    """The smallest value after each trial, until it is near enough to the minimum."""
    function, box, smallest, near = PROBLEMS[problem]
    search, best = METHODS[method](box, seed), []
    start = time.process_time()
    while len(best) < trials and not (best and best[-1] - smallest < near):
        x = search.ask()
        value = float(function(x))
        search.tell(x, value)
        best.append(min(value, best[-1] if best else math.inf))
    return {"kind": "quality", "problem": problem, "method": method, "seed": seed, "trials": trials, "used": len(best),
            "found": bool(best[-1] - smallest < near), "regret": best[-1] - smallest, "seconds": time.process_time() - start}


def speed(method, n):
    """Seconds of CPU to learn of one trial and to choose the next, with n known; the process was fitted to the first 50 of ours."""
    function, box, _, _ = PROBLEMS["levy5"]
    points = np.random.default_rng(5).uniform(-10, 10, (n + 4, 5))
    values = [function(x) for x in points]
    search = Ours(box, 1, lag=10**9, eager=0, evidence_drop=1e9) if method == "lazy" else METHODS[method](box, 1)
    fill(search, points[:50] if isinstance(search, Ours) else points[:n], values[:50] if isinstance(search, Ours) else values[:n])
    if isinstance(search, Ours) and n > 50:
        fill(search, points[50:n], values[50:n])
    tells, asks = [], []
    for x, value in zip(points[n:], values[n:]):
        start = time.process_time()
        if isinstance(search, Optuna):
            search.fill([x], [value])
        else:
            search.tell(list(x), value)
        tells.append(time.process_time() - start)
        start = time.process_time()
        search.ask()
        asks.append(time.process_time() - start)
        if sum(asks) + sum(tells) > 60:
            break
    return {"kind": "speed", "method": method, "n": n, "tell": statistics.median(tells), "ask": statistics.median(asks)}


def grow(path, key, todo, work):
    """Does what the file does not have yet, a line at a time."""
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    there = {key(line) for line in lines}
    with path.open("a") as out:
        for arguments in todo:
            if arguments not in there:
                out.write(json.dumps(work(*arguments)) + "\n")
                out.flush()


def wilson(k, n):
    z, p = 1.96, k / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def median_interval(values):
    """Median with the 95 % interval of order statistics; runs that did not find it count as infinite."""
    ordered, n = sorted(values), len(values)
    half = 1.96 * math.sqrt(n) / 2
    low, high = max(0, math.floor(n / 2 - half)), min(n - 1, math.ceil(n / 2 + half))
    return statistics.median_high(ordered), ordered[low], ordered[high]


def table(paths):
    lines = [json.loads(line) for path in paths for line in pathlib.Path(path).read_text().splitlines()]
    quality = [line for line in lines if line["kind"] == "quality"]
    order = {name: i for i, name in enumerate([*PROBLEMS, *METHODS])}
    if quality:
        print("| problem | method | seeds | found | trials, median | CPU per trial [ms] |\n|---|---|---|---|---|---|")
    for problem, method in sorted({(q["problem"], q["method"]) for q in quality}, key=lambda pair: [order[name] for name in pair]):
        runs = [q for q in quality if (q["problem"], q["method"]) == (problem, method)]
        found, n = sum(q["found"] for q in runs), len(runs)
        low, high = wilson(found, n)
        text = ["more" if math.isinf(v) else str(v) for v in median_interval([q["used"] if q["found"] else math.inf for q in runs])]
        cost = 1000 * sum(q["seconds"] for q in runs) / sum(q["used"] for q in runs)
        print(f"| {problem} | {method} | {n} | {100 * found / n:.0f} % [{100 * low:.0f}, {100 * high:.0f}] | "
              f"{text[0]} [{text[1]}, {text[2]}] | {cost:.1f} |")
    times = [line for line in lines if line["kind"] == "speed"]
    if times:
        print("\n| method | n | learn of a trial [ms] | choose one [ms] |\n|---|---|---|---|")
    for line in sorted(times, key=lambda t: (order[t["method"]], t["n"])):
        print(f"| {line['method']} | {line['n']} | {1000 * line['tell']:.3g} | {1000 * line['ask']:.3g} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["quality", "speed", "table"])
    parser.add_argument("files", nargs="*")
    parser.add_argument("-o", "--out", type=pathlib.Path)
    parser.add_argument("--problems", nargs="+", default=list(PROBLEMS))
    parser.add_argument("--methods", nargs="+", help="all that are not the same as lazy")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--shard", default="0/1", help="i/n: every n-th seed from the i-th on, so that n processes share the seeds")
    parser.add_argument("--sizes", nargs="+", type=int, default=[50, 100, 200, 400])
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    if asked.what == "table":
        return table(asked.files)
    if asked.out is None:
        parser.error("-o names the file")
    same = {"quality": "full", "speed": "lag 10"}[asked.what]  # as lazy: fits after each trial up to 100, and between two fits
    methods = installed([method for method in asked.methods or METHODS if asked.methods or method != same])
    if asked.what == "speed":
        return grow(asked.out, lambda line: (line["method"], line["n"]), [(m, n) for m in methods for n in asked.sizes], speed)
    shard, shards = map(int, asked.shard.split("/"))
    grow(asked.out, lambda line: (line["method"], line["problem"], line["seed"], line["trials"]),
         [(m, p, seed, asked.trials) for seed in range(1 + shard, asked.seeds + 1, shards) for p in asked.problems for m in methods], run)


if __name__ == "__main__":
    main()
