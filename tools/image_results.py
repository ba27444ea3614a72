#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One simulated scan through every tracker: the results of docs/image.md.

    tools/image_results.py --run WORK [--programs build/release/bin]   measures what docs/image_results.json does not have
    tools/image_results.py                                             writes the tables of docs/image.md
    tools/image_results.py --check                                     exit code 1 where they are not what the JSON gives

WORK holds the scans (1.2 GB each) and the tracks of one method at a time; a run that was stopped goes on where it was, and
only `difftrack` is asked, so that each figure has its command in the JSON. --phantoms, --methods and --densities choose.
"""
import argparse
import array
import json
import math
import pathlib
import re
import statistics
import struct
import subprocess
import sys
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs" / "image_results.json"
PAGE = ROOT / "docs" / "image.md"
SCANS = {"ctp404": ROOT / "experiments/scans/ctp404.toml", "line-pairs": ROOT / "experiments/scans/line-pairs.toml"}
METHODS = {  # in the order of the table
    "truth": ("truth", "truth", []),
    "oracle": ("oracle, forced", "oracle", ["--mode", "forced"]),
    "oracle-free": ("oracle, free", "oracle", ["--mode", "free"]),
    "joint": ("joint", "joint", []),
    "combined": ("network and physics", "combined", []),
    "network": ("network", "network", []),
    "network-forced": ("network, forced", "network", ["--mode", "forced"]),
    "physics": ("physics", "physics", []),
    "follower": ("follower", "follower", []),
    "straightness": ("straightness", "straightness", []),
}
IMAGE = ["--hull", "cylinder:75", "--pixels", "168"]
HEIGHT = {"ctp404": "60", "line-pairs": "20"}


def tell(*text):
    print(time.strftime("%H:%M:%S"), *text, flush=True)


def run(command, cwd):
    """Output and wall time of a command; stops with what it said where it fails."""
    begin = time.time()
    done = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout, time.time() - begin


def measure(work, difftrack, phantoms, methods, densities):
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for phantom in phantoms:
        _, wall = run([difftrack, "scan", "-q", SCANS[phantom], "-o", phantom], work)
        if wall > 30:
            results.setdefault("seconds", {})[f"{phantom} scan"] = round(wall)
        for density in densities:
            for method in methods:
                key = f"{phantom} {method} {density}"
                image = f"{phantom}-{method}-{density}.mha"
                if key in results and (work / image).exists():
                    continue
                tell(key)
                _, kind, flags = METHODS[method]
                tracks = f"{phantom}-{method}-{density}-tracks"
                reconstruct = ["reconstruct", "-q", phantom, "--method", kind, *flags, "--per-frame", density, "-o", tracks]
                track_wall = float("nan")
                if not (work / f"{tracks}.npz").exists():
                    _, track_wall = run([difftrack, *reconstruct], work)
                    (work / f"{tracks}.csv").unlink()
                make = ["image", f"{tracks}.npz", *IMAGE, "--slice-height", HEIGHT[phantom], "-o", image]
                said, image_wall = run([difftrack, *make], work)
                truth = f"{phantom}-truth-{density}.mha"
                score = ["score", "-q", image, "--phantom", phantom, "--against", truth, "--json", "score.json"]
                run([difftrack, *score], work)
                row = json.loads((work / "score.json").read_text())
                counts = re.search(r"(\d+) views, (\d+) protons;.*?(\d+) kept", said)
                pure = re.search(r"pure: ([\d.]+) % of all, ([\d.]+) % of those kept", said)
                row.update(protons=int(counts[2]), kept=int(counts[3]), pure=float(pure[1]), pure_kept=float(pure[2]),
                           seconds={"reconstruct": None if math.isnan(track_wall) else round(track_wall), "image": round(image_wall)},
                           commands=[" ".join(["difftrack", *map(str, c)]) for c in (reconstruct, make, score)])
                results[key] = row
                RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
                (work / f"{tracks}.npz").unlink()


def body_cell(row):
    body = row["body"]
    error = 100 * 1.96 * row["noise"] / math.sqrt(body["voxels"]) / body["expected"]
    return f"{body['percent']:+.2f} ± {error:.2f}"


def rods(row):
    return [t for t in row["targets"] if t["region"]["expected"] > 0.1]


def trackers(results, phantom, density):
    """The table of one phantom at one density; none where nothing was measured."""
    lines = []
    for method, (name, _, _) in METHODS.items():
        row = results.get(f"{phantom} {method} {density}")
        if row is None:
            continue
        solid = rods(row)
        off = [t["blurred_percent"] for t in solid]
        worst = max(solid, key=lambda t: abs(t["blurred_percent"]))
        sd = 100 * worst["mean_sd"] / worst["blurred"]
        lines.append(f"| {name} | {row['kept']:,} | {row['pure']:.1f} → {row['pure_kept']:.1f} | {body_cell(row)} | "
                     f"{statistics.mean(off):+.2f} | {worst['blurred_percent']:+.2f} ± {1.96 * sd:.2f} ({worst['name']}) | "
                     f"{row['noise']:.4f} | {row['against']['n_eff']:.3f} | {row['blur_mm']:.2f} ({row['mtf10_lp_per_cm']:.1f}) |")
    if not lines:
        return ""
    head = ("| tracks | protons kept | pure, all → kept [%] | body [%] | rods, mean [%] | rods, worst [%] | noise | N_eff | blur [mm] (MTF10 [lp/cm]) |\n"
            "|---|---|---|---|---|---|---|---|---|\n")
    return f"\n{phantom}, {density} protons per frame:\n\n{head}" + "\n".join(lines) + "\n"


def lines_table(results):
    rows = {m: results.get(f"line-pairs {m} 100") for m in METHODS}
    rows = {m: r for m, r in rows.items() if r}
    if not rows:
        return ""
    groups = range(1, 7)
    text = "\nModulation of the groups of line pairs, 100 protons per frame:\n\n| tracks | " + " | ".join(f"{g} lp/cm" for g in groups) + " |\n|---|" + "---|" * len(groups) + "\n"
    for method, row in rows.items():
        text += f"| {METHODS[method][0]} | " + " | ".join(f"{row['targets'][g - 1]['modulation']:.2f}" for g in groups) + " |\n"
    return text


def rod_table(results):
    row = results.get("ctp404 truth 100")
    if row is None:
        return ""
    text = "\nRods with tracks from truth, 100 protons per frame; ± 1.96 standard deviations of such a mean in the body:\n\n| rod | mean | reference | blurred reference | off it [%] |\n|---|---|---|---|---|\n"
    for t in rods(row):
        text += (f"| {t['name']} | {t['region']['mean']:.4f} ± {1.96 * t['mean_sd']:.4f} | {t['region']['expected']:.4f} | "
                 f"{t['blurred']:.4f} | {t['blurred_percent']:+.2f} |\n")
    return text


def page():
    results = json.loads(RESULTS.read_text())
    tables = "".join(trackers(results, phantom, density) for phantom in SCANS for density in (50, 100, 150, 300))
    text = tables + rod_table(results) + lines_table(results)
    begin, end = "<!-- tools/image_results.py writes from here -->\n", "<!-- to here -->\n"
    old = PAGE.read_text()
    head, rest = old.split(begin)
    return old, head + begin + text.lstrip("\n") + end + rest.split(end)[1]


def picture(work):
    """docs/image.png: the image by truth, by our best method and by the follower; RSP 0.8 to 1.4 and,
    below, the difference to the image by truth, -0.1 to 0.1."""
    def voxels(name):
        head, _, raw = (work / f"ctp404-{name}-100.mha").read_bytes().partition(b"ElementDataFile = LOCAL\n")
        values = array.array("f")
        values.frombytes(raw)
        return values
    images = [voxels(name) for name in ("truth", "joint", "follower")]
    n, times = math.isqrt(len(images[0])), 2
    def grey(value, low, high):
        return bytes([max(0, min(255, round(255 * (value - low) / (high - low))))]) * times
    rows = b""
    for top in (True, False):
        for k in range(n):
            row = b"\0"
            for image in images:
                for i in range(n):
                    at = k * n + i
                    row += grey(image[at], 0.8, 1.4) if top else grey(image[at] - images[0][at], -0.1, 0.1)
            rows += row * times
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", len(images) * n * times, 2 * n * times, 8, 0, 0, 0, 0)
    (ROOT / "docs" / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", metavar="WORK", type=pathlib.Path)
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / "build/release/bin")
    parser.add_argument("--phantoms", default="ctp404")
    parser.add_argument("--methods", default="truth,joint,combined,network,network-forced,physics,follower,straightness,oracle,oracle-free")
    parser.add_argument("--densities", default="100")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.run:
        options.run.mkdir(parents=True, exist_ok=True)
        measure(options.run, (options.programs / "difftrack").resolve(), options.phantoms.split(","), options.methods.split(","),
                options.densities.split(","))
        if all((options.run / f"ctp404-{name}-100.mha").exists() for name in ("truth", "joint", "follower")):
            picture(options.run)
    old, new = page()
    if options.check and old != new:
        sys.exit("docs/image.md is not what docs/image_results.json gives; run tools/image_results.py")
    if not options.check:
        PAGE.write_text(new)


if __name__ == "__main__":
    main()
