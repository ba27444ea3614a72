#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws a box that went through M7 and through an emulator, as an SVG: particles of each mode over a day.

    difftrack aerosol roll-out m7 --boxes 1 --regime polluted -o first.csv
    tools/plot_roll_out.py first.csv -o docs/roll_out.svg

The numbers are those of the file, four modes in four panels, logarithmic; M7 as a line, the emulator as dots.
"""
import argparse
import csv
import math
import pathlib

MODES = (("NS", "nucleation mode"), ("KS", "Aitken mode"), ("AS", "accumulation mode"), ("KI", "insoluble Aitken mode"))
WIDTH, HEIGHT, LEFT, TOP = 330, 170, 58, 28
LINE, DOTS = "#1b6ca8", "#d1495b"


def panel(rows, mode, title, x0, y0):
    """One mode: hours against particles per cm3."""
    hours = [0.25 * float(row["step"]) for row in rows]
    curves = [[max(float(row[f"{model}_N_{mode}"]), 1e-3) for row in rows] for model in ("m7", "emulated")]
    low = math.floor(math.log10(min(map(min, curves))))
    high = max(math.ceil(math.log10(max(map(max, curves)))), low + 1)
    wide, tall = WIDTH - LEFT - 14, HEIGHT - TOP - 34

    def at(hour, value):
        return (x0 + LEFT + wide * hour / hours[-1], y0 + TOP + tall * (high - math.log10(value)) / (high - low))

    yield f'<text x="{x0 + LEFT}" y="{y0 + TOP - 9}">{title}</text>'
    yield f'<rect x="{x0 + LEFT}" y="{y0 + TOP}" width="{wide}" height="{tall}" fill="none" stroke="#999"/>'
    for power in range(low, high + 1):
        _, y = at(0.0, 10.0**power)
        yield f'<path d="M{x0 + LEFT - 4} {y:.1f}h4" stroke="#999"/>'
        yield f'<text x="{x0 + LEFT - 8}" y="{y + 3:.1f}" text-anchor="end">{10.0**power:g}</text>'
    for hour in range(0, int(hours[-1]) + 1, 6):
        x, _ = at(hour, 1.0)
        yield f'<text x="{x:.1f}" y="{y0 + TOP + tall + 14}" text-anchor="middle">{hour}</text>'
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(at, hours, curves[0]))
    yield f'<polyline points="{path}" fill="none" stroke="{LINE}" stroke-width="1.6"/>'
    for x, y in map(at, hours, curves[1]):
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.5" fill="{DOTS}"/>'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    options = parser.parse_args()
    with options.file.open() as lines:
        rows = list(csv.DictReader(lines))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * WIDTH}" height="{2 * HEIGHT + 26}" font-family="sans-serif" '
             'font-size="10">', '<rect width="100%" height="100%" fill="white"/>']
    for i, (mode, title) in enumerate(MODES):
        parts += panel(rows, mode, title, WIDTH * (i % 2), HEIGHT * (i // 2))
    y = 2 * HEIGHT + 8
    parts.append(f'<path d="M{LEFT} {y}h24" stroke="{LINE}" stroke-width="1.6"/><text x="{LEFT + 30}" y="{y + 3}">M7</text>'
                 f'<circle cx="{LEFT + 70}" cy="{y}" r="2" fill="{DOTS}"/><text x="{LEFT + 78}" y="{y + 3}">emulator, on its own '
                 'for all 96 steps</text>'
                 f'<text x="{2 * WIDTH - 14}" y="{y + 3}" text-anchor="end">hours; particles per cm³</text></svg>')
    options.output.write_text("\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
