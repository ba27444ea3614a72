#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How true the probabilities of `difftrack reconstruct` are, on hits with truth: the expected calibration error of links and
tracks, and docs/confidence.svg, what was promised against what was kept.

  tools/confidence_report.py PROGRAM_FOLDER FILE [--seeds A.safetensors B.safetensors] [--picture FILE.svg] [-- OPTION …]

A link is right where both hits are of one event, a track where all hits are of one primary. Promises are sorted into 15 bins
of equal numbers; the error is the mean over links or tracks of |promised - kept| of their bin. With two likelihoods that were
fitted to simulations of different seeds: how well a doubtful link foretells that the other one decides otherwise, as the
area under the curve of (1 - confidence) over the links of the first whose hits are on accepted tracks of both. OPTION … go to `reconstruct`. Needs NumPy.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

DENSITIES = (50, 150, 300, 500)
BINS = 15
ALL = ["--min-confidence", "0", "--min-track-confidence", "0"]


def read(path):
    """(promised, kept) of links and of tracks, and the links as pairs of hits."""
    table = np.load(path)
    hits, tracks = table["hits"], table["tracks"]
    chosen = hits[hits["track"] >= 0]
    chosen = chosen[np.lexsort((chosen["order"], chosen["track"]))]
    behind, before = chosen[1:], chosen[:-1]
    joined = behind["track"] == before["track"]
    behind, before = behind[joined], before[joined]
    same = behind["event"] == before["event"]
    pure = np.ones(len(tracks), bool)
    place = np.searchsorted(tracks["track"], chosen["track"])
    first = np.searchsorted(chosen["track"], tracks["track"])
    np.logical_and.at(pure, place, (chosen["primary"] == 1) & (chosen["event"] == chosen["event"][first][place]))
    pairs = np.stack([behind["frame"], before["hit"], behind["hit"]], axis=1)
    return (behind["confidence"], same), (tracks["confidence"], pure), pairs


def bins(promised, kept):
    """[(promised, kept, half width of kept, number)] in bins of equal numbers."""
    rows = []
    for part in np.array_split(np.argsort(promised, kind="stable"), BINS):
        if len(part):
            p = kept[part].mean()
            rows.append((promised[part].mean(), p, 1.96 * np.sqrt(max(p * (1 - p), 0.25 / len(part)) / len(part)), len(part)))
    return rows


def calibration_error(rows):
    return sum(abs(p - k) * n for p, k, _, n in rows) / sum(row[3] for row in rows)


def area(score, positive):
    """Area under the curve of a score; ties count half."""
    values, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = np.cumsum(count) - 0.5 * (count - 1)
    n = positive.sum()
    return (rank[place][positive].sum() - n * (n + 1) / 2) / (n * (len(score) - n))


def picture(curves):
    """Two panels, links and tracks: promised to the right, kept upwards."""
    colours = dict(zip(DENSITIES, ("#1b9e77", "#d95f02", "#7570b3", "#e7298a")))
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="760" height="380" font-family="sans-serif" font-size="12">',
           '<rect width="760" height="380" fill="white"/>']
    for panel, kind in enumerate(("links", "tracks")):
        left, top, size = 60 + 370 * panel, 30, 300
        x, y = (lambda v: left + size * v), (lambda v: top + size * (1 - v))
        out.append(f'<rect x="{left}" y="{top}" width="{size}" height="{size}" fill="none" stroke="#444"/>')
        out.append(f'<line x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(1)}" stroke="#bbb"/>')
        for tick in (0, 0.25, 0.5, 0.75, 1):
            out.append(f'<text x="{x(tick)}" y="{top + size + 16}" text-anchor="middle">{tick}</text>')
            out.append(f'<text x="{left - 6}" y="{y(tick) + 4}" text-anchor="end">{tick}</text>')
        out.append(f'<text x="{left + size / 2}" y="{top + size + 34}" text-anchor="middle">promised, {kind}</text>')
        if panel == 0:
            out.append(f'<text transform="translate(16 {top + size / 2}) rotate(-90)" text-anchor="middle">kept</text>')
        for row, density in enumerate(DENSITIES):
            for p, k, half, _ in curves[density][panel]:
                low, high = y(max(0.0, k - half)), y(min(1.0, k + half))
                out.append(f'<line x1="{x(p):.1f}" y1="{low:.1f}" x2="{x(p):.1f}" y2="{high:.1f}" stroke="{colours[density]}"/>')
                out.append(f'<circle cx="{x(p):.1f}" cy="{y(k):.1f}" r="3" fill="{colours[density]}"/>')
            if panel == 0:
                out.append(f'<text x="{left + 12}" y="{top + 20 + 16 * row}" fill="{colours[density]}">{density} protons per frame</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("file")
    parser.add_argument("--seeds", nargs=2)
    parser.add_argument("--picture", type=pathlib.Path)
    own, _, options = " ".join(sys.argv[1:]).partition(" -- ")
    arguments = parser.parse_args(own.split())
    curves = {}
    with tempfile.TemporaryDirectory() as folder:
        def decide(density, name, *more):
            subprocess.run([arguments.programs / "difftrack", "reconstruct", "-q", arguments.file, "--per-frame", str(density),
                            "--no-keep-partial", *options.split(), *more, "-o", f"{folder}/{name}"], check=True)
            return read(f"{folder}/{name}.npz")

        for density in DENSITIES:
            links, tracks, _ = decide(density, "all", *ALL)
            _, kept, _ = decide(density, "kept")
            curves[density] = bins(*links), bins(*tracks)
            text = (f"{density:4d} p+/F: expected calibration error of links {100 * calibration_error(curves[density][0]):.2f} %, "
                    f"of all tracks {100 * calibration_error(curves[density][1]):.2f} %, of accepted ones "
                    f"{100 * calibration_error(bins(*kept)):.2f} % (promised {100 * kept[0].mean():.1f}, kept {100 * kept[1].mean():.1f})")
            if arguments.seeds:
                (promised, _), _, pairs = decide(density, "a", "--likelihood", arguments.seeds[0], *ALL)
                other = decide(density, "b", "--likelihood", arguments.seeds[1], *ALL)[2]
                joined = set(map(tuple, other))
                there = {(frame, hit) for frame, *ends in other for hit in ends}
                both = np.array([(f, a) in there and (f, b) in there for f, a, b in pairs])
                pairs, promised = pairs[both], promised[both]
                flipped = np.array([tuple(pair) not in joined for pair in pairs])
                text += f"; {flipped.sum()} of {len(flipped)} links flip, area {area(1 - promised, flipped):.3f}"
            print(text, flush=True)
    if arguments.picture:
        arguments.picture.write_text(picture(curves))


if __name__ == "__main__":
    main()
