#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One simulated scan through every tracker: the results of docs/image.md.

    tools/image_results.py --run WORK [--programs build/release/bin]   measures what docs/image_results.json does not have
    tools/image_results.py                                             writes the tables of docs/image.md
    tools/image_results.py --check                                     exit code 1 where they are not what the JSON gives

WORK holds the scans (1.2 GB each) and the tracks of one method at a time; a run that was stopped goes on where it was, and
only `difftrack` is asked, so that each figure has its command in the JSON. --scans, --methods and --densities choose.
"""
import argparse
import array
import itertools
import json
import math
import os
import pathlib
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs" / "image_results.json"
PAGE = ROOT / "docs" / "image.md"
SCANS = {  # in the order of the page: phantom, height of the slice [mm]
    "ctp404": ("ctp404", "60"),
    "ctp404-45": ("ctp404", "60"),  # every fourth view of ctp404
    "water": ("volume:water.mha", "60"),
    "line-pairs": ("line-pairs", "20"),
    "edges": ("edges", "20"),
}
METHODS = {  # in the order of the table
    "truth": ("truth", "truth", []),
    "oracle": ("oracle, forced", "oracle", ["--mode", "forced"]),
    "oracle-free": ("oracle, free", "oracle", ["--mode", "free"]),
    "joint": ("joint", "joint", []),
    "joint-all": ("joint, doubtful tracks, too", "joint", ["--min-track-confidence", "0"]),
    "combined": ("network and physics", "combined", []),
    "network": ("network", "network", []),
    "network-forced": ("network, forced", "network", ["--mode", "forced"]),
    **{f"ptt-{seed}": (f"PTT, forced, seed {seed}", "network", ["--model", f"ptt_{seed}", "--mode", "forced"]) for seed in (1, 2, 3, 4)},
    "physics": ("physics", "physics", []),
    "follower": ("follower", "follower", []),
    "straightness": ("straightness", "straightness", []),
}
DENSITIES = (50, 100, 150, 300)
PICTURED = ("truth", "joint", "joint-all", "follower")
IMAGE = ["--hull", "cylinder:75", "--pixels", "168"]


def tell(*text):
    print(time.strftime("%H:%M:%S"), *text, flush=True)


def run(command, cwd):
    """Output, processor time and peak memory [MB] of a command; stops with what it said where it fails."""
    with tempfile.TemporaryFile("w+") as said:
        child = subprocess.Popen([str(c) for c in command], cwd=cwd, stdout=said, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
        said.seek(0)
        text = said.read()
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{text}")
    return text, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def water(path):
    """The control's phantom: HU 0 inside 75 mm of the axis y, -1000 outside, pixels of 1 mm."""
    side, height = 152, 120
    row = array.array("h", (0 if (x - 75.5) ** 2 + (z - 75.5) ** 2 <= 75.0**2 else -1000 for z in range(side) for x in range(side)))
    slices = [row[z * side:(z + 1) * side] for z in range(side)]
    head = ("ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nOffset = -75.5 -30 -75.5\n"
            f"ElementSpacing = 1 {height // 2} 1\nDimSize = {side} 2 {side}\nElementType = MET_SHORT\nElementDataFile = LOCAL\n")
    path.write_bytes(head.encode() + b"".join(s.tobytes() * 2 for s in slices))


def reconstruct_command(scan, method, density, tracks):
    _, kind, flags = METHODS[method]
    flags = [str(ROOT / f"models/study/{f}.safetensors") if f.startswith("ptt_") else f for f in flags]
    source = [scan] if (ROOT / f"experiments/scans/{scan}.toml").exists() else ["--files-from", f"{scan}.txt"]
    return ["reconstruct", "-q", *source, "--method", kind, *flags, "--per-frame", density, "-o", tracks]


def measure_one(work, difftrack, threads, scan, method, density):
    """The row of one method at one density; its tracks are removed."""
    phantom, height = SCANS[scan]
    name = f"{scan}-{method}-{density}"
    tracks, image = f"{name}-tracks", f"{name}.mha"
    reconstruct = reconstruct_command(scan, method, density, tracks)
    track_cpu = track_memory = None
    if not (work / f"{tracks}.npz").exists():
        _, track_cpu, track_memory = run([difftrack, *reconstruct, *threads], work)
        (work / f"{tracks}.csv").unlink()
    make = ["image", f"{tracks}.npz", *IMAGE, "--slice-height", height, "-o", image]
    said, image_cpu, image_memory = run([difftrack, *make, *threads], work)
    score = ["score", "-q", image, "--phantom", phantom, "--against", f"{scan}-truth-100.mha", "--json", "score.json"]
    run([difftrack, *score], work)
    row = json.loads((work / "score.json").read_text())
    counts = re.search(r"(\d+) views, (\d+) protons;.*?(\d+) kept", said)
    pure = re.search(r"pure: ([\d.]+) % of all, ([\d.]+) % of those kept", said)
    rounded = lambda value: None if value is None else round(value)
    row.update(protons=int(counts[2]), kept=int(counts[3]), pure=float(pure[1]), pure_kept=float(pure[2]),
               cpu_seconds={"reconstruct": rounded(track_cpu), "image": round(image_cpu)},
               peak_mb={"reconstruct": rounded(track_memory), "image": round(image_memory)},
               commands=[" ".join(["difftrack", *(str(w).removeprefix(f"{ROOT}/") for w in c)]) for c in (reconstruct, make, score)])
    (work / f"{tracks}.npz").unlink()
    return row


def seeds(work, difftrack):
    """Differences of the images of every two seeds, where they are there, from 'difftrack score --against'."""
    images = {seed: f"ctp404-45-ptt-{seed}-100.mha" for seed in (1, 2, 3, 4)}
    if not all((work / image).exists() for image in images.values()):
        return
    pairs = []
    for a, b in itertools.combinations(images, 2):
        run([difftrack, "score", "-q", images[b], "--phantom", "ctp404", "--against", images[a], "--json", "score.json"], work)
        score = json.loads((work / "score.json").read_text())
        pairs.append({"seeds": [a, b], "noise": score["noise"], **score["against"]})
    results = json.loads(RESULTS.read_text())
    results["seeds"] = pairs
    RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")


def measure(work, difftrack, threads, scans, methods, densities):
    if "water" in scans:
        water(work / "water.mha")
    (work / "ctp404-45.txt").write_text("".join(f"ctp404/view-{view:04}.npz\n" for view in range(0, 180, 4)))
    for scan in scans:
        described = ROOT / f"experiments/scans/{'ctp404' if scan == 'ctp404-45' else scan}.toml"
        _, cpu, memory = run([difftrack, "scan", "-q", described, "-o", described.stem, *threads], work)
        results = json.loads(RESULTS.read_text())
        if cpu > 10:
            results.setdefault("scans", {})[described.stem] = {"cpu_seconds": round(cpu), "peak_mb": round(memory)}
            RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
        for density in densities:
            for method in methods:
                key = f"{scan} {method} {density}"
                if key in json.loads(RESULTS.read_text()):
                    continue
                tell(key)
                row = measure_one(work, difftrack, threads, scan, method, density)
                results = json.loads(RESULTS.read_text())
                results[key] = row
                RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")


def body_cell(row):
    body = row["body"]
    error = 100 * 1.96 * row["noise"] / math.sqrt(body["voxels"]) / body["expected"]
    return f"{body['percent']:+.2f} ± {error:.2f}"


def n_eff_cell(row, truth):
    """N_eff with 1.96 standard deviations: of a ratio of two variances whose pixels correlate as their difference says."""
    value = row["against"]["n_eff"]
    if row is truth:
        return f"{value:.3f}"
    correlation = (row["noise"]**2 + truth["noise"]**2 - row["against"]["rms"]**2) / (2 * row["noise"] * truth["noise"])
    error = 1.96 * 2 * value * math.sqrt((1 - correlation**2) / row["body"]["voxels"])
    return f"{value:.3f} ± {error:.3f}"


def rods(row):
    return [t for t in row["targets"] if t["region"]["expected"] > 0.1]


def rod_cells(row):
    """Mean of the rods and the worst one, off the blurred reference; a dash where the phantom has none."""
    solid = rods(row)
    if not solid:
        return "– | –"
    worst = max(solid, key=lambda t: abs(t["blurred_percent"]))
    sd = 100 * worst["mean_sd"] / worst["blurred"]
    mean = statistics.mean(t["blurred_percent"] for t in solid)
    return f"{mean:+.2f} | {worst['blurred_percent']:+.2f} ± {1.96 * sd:.2f} ({worst['name']})"


def blur_cell(row):
    return f"{row['blur_mm']:.2f} ({row['mtf10_lp_per_cm']:.1f})" if rods(row) else "–"


def trackers(results, scan, title):
    """The table of one scan, method by method at every density that was measured; none where nothing was."""
    lines = []
    truth = results.get(f"{scan} truth 100")
    for method, (name, _, _) in METHODS.items():
        for density in DENSITIES:
            row = results.get(f"{scan} {method} {density}")
            if row is None:
                continue
            lines.append(f"| {name} | {'any' if method == 'truth' else density} | {100 * row['kept'] / truth['kept']:.1f} | {row['pure']:.1f} → {row['pure_kept']:.1f} | "
                         f"{body_cell(row)} | {rod_cells(row)} | {row['noise']:.4f} | {n_eff_cell(row, truth)} | {blur_cell(row)} |")
    if not lines:
        return ""
    head = ("| tracks | p+/F | kept, of truth's [%] | pure, all → kept [%] | body [%] | rods, mean [%] | rods, worst [%] | noise | N_eff | blur [mm] (MTF10 [lp/cm]) |\n"
            "|---|---|---|---|---|---|---|---|---|---|\n")
    return f"\n{title}:\n\n{head}" + "\n".join(lines) + "\n"


def lines_table(results):
    rows = {m: results.get(f"line-pairs {m} 100") for m in METHODS}
    rows = {m: r for m, r in rows.items() if r}
    if not rows:
        return ""
    groups = range(1, 7)
    text = "\nModulation of the groups of line pairs, 180 views, 100 protons per frame:\n\n| tracks | " + " | ".join(f"{g} lp/cm" for g in groups) + " |\n|---|" + "---|" * len(groups) + "\n"
    for method, row in rows.items():
        text += f"| {METHODS[method][0]} | " + " | ".join(f"{row['targets'][g - 1]['modulation']:.2f}" for g in groups) + " |\n"
    return text


def edges_table(results):
    rows = {m: results.get(f"edges {m} 100") for m in METHODS}
    rows = {m: r for m, r in rows.items() if r}
    if not rows:
        return ""
    radii = sorted(t["radius_mm"] for t in next(iter(rows.values()))["targets"])
    text = ("\nBlur [mm] (MTF10 [lp/cm]) of turned aluminium edges, by distance from the axis, 180 views, 100 protons per frame:\n\n| tracks | "
            + " | ".join(f"{r:.0f} mm" for r in radii) + " |\n|---|" + "---|" * len(radii) + "\n")
    for method, row in rows.items():
        targets = sorted(row["targets"], key=lambda t: t["radius_mm"])
        text += f"| {METHODS[method][0]} | " + " | ".join(f"{t['blur_mm']:.2f} ± {1.96 * t['blur_sd_mm']:.2f} ({t['mtf10_lp_per_cm']:.1f})" for t in targets) + " |\n"
    return text


def seeds_table(results):
    """What instability does: images of the same network trained with other seeds, each against each."""
    pairs = results.get("seeds")
    if not pairs:
        return ""
    text = "\nThe same network from another seed (PTT, forced, 100 protons per frame, 45 views): mean of the difference in the body, and its rms in the whole phantom:\n\n| seeds | mean [%] | rms, of the noise |\n|---|---|---|\n"
    for pair in pairs:
        text += f"| {pair['seeds'][0]}, {pair['seeds'][1]} | {pair['mean_percent']:+.3f} | {pair['rms'] / pair['noise']:.2f} |\n"
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
    text = (trackers(results, "ctp404", "CTP404, 180 views") + rod_table(results)
            + trackers(results, "ctp404-45", "CTP404, every fourth of these views (`--scans ctp404-45`): the same trackers at other densities") + seeds_table(results)
            + trackers(results, "water", "A cylinder of water, 45 views (`--scans water`), as control") + lines_table(results) + edges_table(results))
    begin, end = "<!-- tools/image_results.py writes from here -->\n", "<!-- to here -->\n"
    old = PAGE.read_text()
    head, rest = old.split(begin)
    return old, head + begin + text.lstrip("\n") + end + rest.split(end)[1]


def picture(work):
    """docs/image.png: the image by truth, by joint without and with its doubtful tracks, by the follower; RSP 0.8 to 1.4 and,
    below, the difference to the image by truth, -0.1 to 0.1."""
    def voxels(name):
        head, _, raw = (work / f"ctp404-{name}-100.mha").read_bytes().partition(b"ElementDataFile = LOCAL\n")
        values = array.array("f")
        values.frombytes(raw)
        return values
    images = [voxels(name) for name in PICTURED]
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
    parser.add_argument("--scans", default="ctp404")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--densities", default="100")
    parser.add_argument("--threads", default="0", help="without effect on the results")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.run:
        options.run.mkdir(parents=True, exist_ok=True)
        measure(options.run, (options.programs / "difftrack").resolve(), ["--threads", options.threads], options.scans.split(","),
                options.methods.split(","), options.densities.split(","))
        seeds(options.run, (options.programs / "difftrack").resolve())
        if all((options.run / f"ctp404-{name}-100.mha").exists() for name in PICTURED):
            picture(options.run)
    old, new = page()
    if options.check and old != new:
        sys.exit("docs/image.md is not what docs/image_results.json gives; run tools/image_results.py")
    if not options.check:
        PAGE.write_text(new)


if __name__ == "__main__":
    main()
