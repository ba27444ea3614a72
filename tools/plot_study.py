#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws what `difftrack study` has written as one SVG; the command itself calls it.

    tools/plot_study.py runs/landscape [MORE_FOLDERS] [-o picture.svg]

Several folders of one command become panels with one colour scale, so that they can be compared. Exit codes: 0 done, 2 bad
input, 3 this Python has no matplotlib.
"""
import argparse
import json
import pathlib
import sys

try:
    import matplotlib
    import numpy
    matplotlib.use("svg")
    from matplotlib import colors, pyplot
except ImportError:
    sys.exit(3)

pyplot.rcParams.update({"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "difftrack", "axes.spines.top": False,
                        "axes.spines.right": False, "figure.constrained_layout.use": True})
COLOURS = ["#1b6ca8", "#d1495b", "#2e933c", "#b5860d", "#7a4fa3", "#3a8d8d", "#8c564b", "#555555"]


class Result:
    """One folder: its report and its arrays."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.report = json.loads((self.folder / "report.json").read_text())
        self.arrays = numpy.load(self.folder / "arrays.npz")
        self.command = self.report["command"]
        self.names = [model["name"] for model in self.report["models"]]


def log_ticks(low, high):
    """1, 2, 5, 10, … between the two."""
    return [digit * 10.0**power for power in range(-9, 5) for digit in (1, 2, 5) if low <= digit * 10.0**power <= high]


def surfaces(results):
    """One row per folder, L_H on the left, cross-entropy on the right; levels are shared in a column."""
    figure, axes = pyplot.subplots(len(results), 2, figsize=(9, 3.7 * len(results)), squeeze=False)
    for column, (key, label) in enumerate([("hamming", "L_H"), ("bce", "cross-entropy")]):
        low = max(min(result.arrays[key].min() for result in results), 1e-9)
        high = max(max(result.arrays[key].max() for result in results), 2 * low)
        levels = numpy.geomspace(low, high, 25)
        for row, result in enumerate(results):
            axis, values, panel = result.arrays["axis"], result.arrays[key], axes[row][column]
            drawn = panel.contourf(axis, axis, numpy.clip(values, low, high), levels=levels, norm=colors.LogNorm(), cmap="viridis")
            way = result.report.get("trajectory", [])
            if way:
                places = numpy.array([point["coordinates"] for point in way])
                off = numpy.array([point["residual_share"] for point in way])
                panel.plot(places[:, 0], places[:, 1], color="white", linewidth=0.8)
                panel.scatter(places[:, 0], places[:, 1], s=4 + 40 * off, color="white", edgecolor="black", linewidth=0.4)
            panel.plot(0, 0, "+", color="#d1495b", markersize=9, markeredgewidth=2)
            summary = result.report[key]
            panel.set_title(f"{result.names[0]}: {label} {summary['minimum']:.3g} to {summary['maximum']:.3g}", fontsize=9)
            panel.set_xlim(axis[0], axis[-1])
            panel.set_ylim(axis[0], axis[-1])
            panel.set_aspect("equal")
        bar = figure.colorbar(drawn, ax=list(axes[:, column]), label=label)
        bar.set_ticks(log_ticks(low, high), labels=[f"{tick:g}" for tick in log_ticks(low, high)])
        bar.ax.minorticks_off()
    return figure


def lines(results):
    figure, axes = pyplot.subplots(1, 2, figsize=(8.4, 3.4))
    for colour, result in zip(COLOURS, results):
        axes[0].plot(result.arrays["axis"], result.arrays["hamming"], color=colour, label=result.names[0])
        axes[1].plot(result.arrays["axis"], result.arrays["bce"], color=colour)
    for panel, label in zip(axes, ["L_H", "cross-entropy"]):
        panel.set_yscale("log")
        panel.set_xlabel("distance along the direction")
        panel.set_ylabel(label)
    axes[0].legend(frameon=False)
    return figure


def landscape(results):
    return surfaces(results) if results[0].arrays["hamming"].ndim == 2 else lines(results)


def connect(results):
    """Losses and true-positive rate along the way, one line per pair."""
    figure, axes = pyplot.subplots(1, 3, figsize=(10.5, 3.3))
    for number, result in enumerate(results):
        style = ["-", "--", ":", "-."][number % 4]
        for k, pair in enumerate(result.report["pairs"]):
            colour = COLOURS[k % len(COLOURS)]
            label = f"{pair['first']} – {pair['second']}" if len(result.report["pairs"]) <= 8 else None
            if label and len(results) > 1:
                label += f", {result.folder.name}"
            for panel, key in zip(axes, ["hamming", "bce", "tpr"]):
                values = result.arrays[key][k] * (100 if key == "tpr" else 1)
                panel.plot(result.arrays["t"], values, style, color=colour, linewidth=1.2, label=label)
    ceiling = results[0].report["pairs"][0]["ceiling"]
    axes[0].axhline(ceiling, color="#999999", linewidth=0.8)
    axes[0].text(0.02, ceiling * 0.92, "every match wrong", color="#777777", va="top", fontsize=8)
    for panel, label in zip(axes, ["L_H", "cross-entropy", "true segments found [%]"]):
        panel.set_xlabel("t")
        panel.set_ylabel(label)
    axes[0].set_yscale("log")
    axes[1].set_yscale("log")
    if axes[0].get_legend_handles_labels()[0]:
        axes[2].legend(*axes[0].get_legend_handles_labels(), frameon=False, fontsize=7)
    return figure


def hessian(results):
    """Densities on a scale that shows both the bulk at zero and the outliers; eigenvalues as marks."""
    figure, panel = pyplot.subplots(figsize=(7.2, 3.6))
    number = 0
    for result in results:
        for spectrum in result.report["spectra"]:
            colour, name = COLOURS[number % len(COLOURS)], spectrum["name"]
            number += 1
            if f"{name}/density" in result.arrays:
                x, density = result.arrays[f"{name}/density_x"], result.arrays[f"{name}/density"]
                error = result.arrays[f"{name}/density_error"]
                panel.plot(x, density, color=colour, linewidth=1.2, label=name)
                panel.fill_between(x, numpy.maximum(density - error, 1e-12), density + error, color=colour, alpha=0.25, linewidth=0)
            values = [pair["value"] for pair in spectrum["largest"] + spectrum["smallest"]]
            panel.plot(values, numpy.full(len(values), 2e-6 * 1.6**number), "|", color=colour, markersize=7)
    panel.set_yscale("log")
    panel.set_ylim(bottom=1e-6)
    panel.set_xlabel("eigenvalue of the Hessian")
    panel.set_ylabel("density")
    panel.legend(frameon=False, fontsize=8)
    return figure


def matrix(figure, panel, values, names, title):
    drawn = panel.imshow(values, cmap="viridis")
    panel.set_title(title, fontsize=9)
    panel.set_xticks(range(len(names)), names, rotation=90, fontsize=6)
    panel.set_yticks(range(len(names)), names, fontsize=6)
    for i in range(len(names)):
        for j in range(len(names)):
            if len(names) <= 10:
                panel.text(j, i, f"{values[i, j]:.2f}", ha="center", va="center", fontsize=5, color="white")
    figure.colorbar(drawn, ax=panel, shrink=0.8)


def similarity(results):
    result = results[0]
    figure, axes = pyplot.subplots(1, 4, figsize=(15, 3.9))
    for panel, name in zip(axes, ["R1", "O", "R2"]):
        matrix(figure, panel, result.arrays[f"cka_all/{name}"], result.names, f"CKA of {name}, all layer pairs")
    matrix(figure, axes[3], result.arrays["disagreement"], result.names, "normalised disagreement")
    return figure


def stability(results):
    """Share of flips by tenths of each predictor, most suspicious first: steep is useful."""
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.4))
    for panel, kind in zip(axes, ["segments", "tracks"]):
        flips = results[0].report[kind]
        for colour, (name, shares) in zip(COLOURS, flips.get("flips_by_tenth", {}).items()):
            panel.plot(numpy.arange(1, 11), 100 * numpy.array(shares), "o-", markersize=3, color=colour,
                       label=f"{name.replace('_', ' ')} ({flips['auc'][name]:.2f})")
        panel.set_xlabel("tenth of the " + kind + ", most suspicious first")
        panel.set_ylabel("flip in some other model [%]")
        panel.legend(frameon=False, fontsize=7, title="predictor (area under curve)", title_fontsize=7)
    return figure


DRAW = {"landscape": landscape, "connect": connect, "hessian": hessian, "similarity": similarity, "stability": stability}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("-o", "--output")
    arguments = parser.parse_args()
    try:
        results = [Result(folder) for folder in arguments.folders]
        if len({result.command for result in results}) > 1:
            raise ValueError("the folders hold results of different commands")
    except (OSError, ValueError, KeyError) as error:
        print(f"plot_study.py: error: {error}", file=sys.stderr)
        return 2
    output = pathlib.Path(arguments.output or results[0].folder / "picture.svg")
    figure = DRAW[results[0].command](results)
    figure.savefig(output, metadata={"Date": None})
    print(output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
