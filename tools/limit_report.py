#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the joint decision reaches beside its limits, by example_joint_limit at several densities: the table "limit" of
docs/limit.md and its picture. Needs matplotlib; a minute on two cores.

    tools/limit_report.py build/release/bin HITS.npz
"""
import argparse
import pathlib
import re
import subprocess

from results_page import with_tables

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"
DENSITIES = (50, 150, 300, 500)
LINE = re.compile(r"^(?P<name>.+?)\s+(?:energy\s+(?P<energy>\S+) per frame, )?strict (?P<purity>\S+) / (?P<efficiency>\S+) %(?:, promised (?P<promised>\S+) %)?$")
STYLES = {"every link and track": ("#9dc3e6", "o"), "doubtful links cut": ("#5b9bd5", "o"), "default": ("#1f5fa8", "o"),
          "default, from truth": ("#c0504d", "x"), "true links up to 0.6 rad": ("#7f7f7f", "s")}


def measured(program, file, density):
    """Way → what it reaches."""
    text = subprocess.run([program / "example_joint_limit", file, str(density)], check=True, capture_output=True, text=True).stdout
    found = [LINE.match(line) for line in text.splitlines()]
    return {match["name"]: match.groupdict() for match in found if match}


def table_of(rows):
    names = list(next(iter(rows.values())))
    lines = ["| p+/F | " + " | ".join(names) + " | promised | energy won from truth [nats per frame] |", "|---|" + "---|" * (len(names) + 2)]
    for density, ways in rows.items():
        cells = " | ".join(f"{ways[name]['purity']} / {ways[name]['efficiency']}" for name in names)
        won = float(ways["default"]["energy"]) - float(ways["default, from truth"]["energy"])
        lines.append(f"| {density} | {cells} | {ways['default']['promised']} | {won:.1f} |")
    return "\n".join(lines)


def draw(rows, path):
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "limit"
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True)
    for panel, key in zip(panels, ("purity", "efficiency")):
        for name, (colour, marker) in STYLES.items():
            panel.plot(list(rows), [float(ways[name][key]) for ways in rows.values()], color=colour, marker=marker, label=name,
                       linestyle="--" if marker != "o" else "-")
        panel.set_xlabel("protons per frame")
        panel.set_title(f"strict {key} [%]")
        panel.grid(alpha=0.3)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="lower center", ncols=3, frameon=False)
    figure.tight_layout(rect=(0, 0.16, 1, 1))
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("file", type=pathlib.Path, help="hits with truth, bergen-dtc")
    arguments = parser.parse_args()
    rows = {density: measured(arguments.program.resolve(), arguments.file, density) for density in DENSITIES}
    page = DOCS / "limit.md"
    page.write_text(with_tables(page.read_text(), {"limit": table_of(rows)}, page.name))
    draw(rows, DOCS / "limit.svg")
    print(table_of(rows))


if __name__ == "__main__":
    main()
