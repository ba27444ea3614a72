#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tracks and ranges of the Groningen test beam, measured against our simulation of groningen-w; writes docs/groningen.md's
tables, docs/groningen.svg and build/groningen.json. About five minutes on two cores; needs NumPy.

    tools/groningen_report.py build/release/bin ../shared/data

The range of a beam is that of the energy whose simulated tracks (same pixel response, same tracking) fit the real ones best:
layer in which a track ends, and cluster sizes in planes 3 to 5. One likelihood for the three beams; see docs/groningen.md.
"""
import copy
import csv
import json
import math
import pathlib
import re
import subprocess
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEAMS = (150, 160, 180)
METHODS = {"follower": ["--method", "follower"], "network": ["--model", "groningen-w"]}
BEAM = "--detector groningen-w --phantom {} --sigma 0 --divergence 11.5mrad --emittance 0 --energy {} --primaries {} --seed {} --energy-spread {}"
RESPONSE = ("--hits pixels --pixel-gamma 0.012 --pixel-threshold 40 --pixel-threshold-spread 8 --pixel-noise 5 "
            "--pixel-noise-hit-rate 1.7e-6")
EXTRA = (0.0, 5.1, 10.2)  # mm of water: outside the cross of 5 mm scintillators, in its arms, where they overlap
CROSS = 5.0               # mm, half width
GRID = np.arange(130, 189, 2.0)
FINE = np.arange(124, 193, 0.5)
FIRST, LAST = 3, 6        # planes in which tracks of four hits or more can end
SIZED = (3, 4, 5)         # planes whose cluster sizes are compared
CLOSURE_SPREADS = (5.0, 2.0, 2.0)  # MeV


def water_table():
    """Energies [MeV], stopping powers [MeV/mm] and CSDA ranges [mm] of protons in water, from the table of room matter."""
    text = (ROOT / "difftrack" / "matter" / "tables" / "stopping_power.inc").read_text()
    rows = np.array([[float(e), float(values.split(",")[-1])] for e, values in re.findall(r"{([\d.]+), {(.*?)}}", text)])
    energy = np.geomspace(rows[0, 0], rows[-1, 0], 5000)
    stopping = 0.1 * np.exp(np.interp(np.log(energy), np.log(rows[:, 0]), np.log(rows[:, 1])))
    steps = np.diff(energy) * 0.5 * (1 / stopping[1:] + 1 / stopping[:-1])
    return energy, stopping, np.concatenate([[0.0], np.cumsum(steps)])


def water_range(energy):
    table = water_table()
    return float(np.interp(energy, table[0], table[2]))


def water_stopping(energy):
    table = water_table()
    return float(np.interp(energy, table[0], table[1]))


class Tracks:
    """Tracks of one NAME.csv: last plane, ln cluster size and chip per plane (nan: none), part of the cross crossed."""

    def __init__(self, path):
        rows = {}
        for row in csv.DictReader(open(path)):
            rows.setdefault(int(row["track"]), []).append(row)
        self.last = np.array([max(int(r["layer"]) for r in t) for t in rows.values()], dtype=int)
        self.size = np.full((len(rows), 24), np.nan)
        self.chip = np.zeros((len(rows), 24), dtype=int)
        self.part = np.zeros(len(rows), dtype=int)
        self.front = np.zeros((len(rows), 2))
        for i, track in enumerate(rows.values()):
            for r in track:  # the energy of a hit of pixels is the inverse of the size law
                self.size[i, int(r["layer"])] = math.log(4.2267) + 0.65 * math.log(float(r["edep_MeV"]) / 0.025)
                self.chip[i, int(r["layer"])] = (float(r["x_mm"]) > 0) + 2 * (float(r["y_mm"]) > 0)
            front = min(track, key=lambda r: int(r["layer"]))
            self.front[i] = float(front["x_mm"]), float(front["y_mm"])
            self.part[i] = np.sum(np.abs(self.front[i]) < CROSS)


    def chosen(self, rows):
        part = copy.copy(self)
        part.last, part.size, part.chip, part.part = self.last[rows], self.size[rows], self.chip[rows], self.part[rows]
        return part


class Templates:
    """What simulation says of a proton of energy E behind EXTRA[part]: share of tracks of plane k that reach plane k + 1, mean
    and width of ln cluster size in plane k of tracks that end there and of those that go on; on the energies FINE."""

    def __init__(self, simulated):
        shape = (len(EXTRA), LAST + 1, len(FINE))
        self.reach = np.zeros(shape)
        self.mean, self.width = np.zeros((2, *shape)), np.ones((2, *shape))
        for part in range(len(EXTRA)):
            for k in range(FIRST, LAST + 1):
                reach = [np.mean(t.last[t.last >= k] > k) if np.sum(t.last >= k) > 20 else 0.0 for t in simulated[part]]
                self.reach[part, k] = np.interp(FINE, GRID, reach)
                for on in (0, 1):
                    sizes = [t.size[(t.last > k) if on else (t.last == k), k] for t in simulated[part]]
                    sizes = [s[~np.isnan(s)] for s in sizes]
                    known = [i for i, s in enumerate(sizes) if len(s) > 15]
                    if known:
                        self.mean[on, part, k] = np.interp(FINE, GRID[known], [np.mean(sizes[i]) for i in known])
                        self.width[on, part, k] = np.interp(FINE, GRID[known], [np.std(sizes[i]) for i in known])


def track_probabilities(tracks, part, templates, gains, efficiency, blur):
    """p(track | energy) of one beam's tracks on the energies FINE, up to a factor; also the pulls of its sizes for each plane."""
    last = np.minimum(tracks.last, LAST)
    p = np.ones((len(last), len(FINE)))
    for k in range(FIRST, LAST):
        reach = templates.reach[part, k] * efficiency[k + 1]
        p *= np.where((last > k)[:, None], reach, np.where((last == k)[:, None], 1 - reach, 1.0))
    for k in SIZED:
        here = (last >= k) & ~np.isnan(tracks.size[:, k])
        on = (last > k).astype(int)[here]
        sd = np.hypot(templates.width[on, part[here], k], blur)
        d = (tracks.size[here, k] - gains[k, tracks.chip[here, k]])[:, None] - templates.mean[on, part[here], k]
        p[here] *= np.exp(-0.5 * (d / sd) ** 2) / sd
    return p


def predicted_ends(part, templates, efficiency, energy, spread):
    """Share of tracks that end in planes FIRST … LAST, for tracks that crossed the parts of the cross `part`."""
    going = np.ones((len(EXTRA), len(FINE)))
    shares = []
    for k in range(FIRST, LAST + 1):
        on = going * templates.reach[:, k] * efficiency[k + 1] if k < LAST else np.zeros_like(going)
        shares.append(going - on)
        going = on
    weight = np.bincount(part, minlength=len(EXTRA)) / len(part)
    return [float(weight @ (s @ energy_weights(energy, spread))) for s in shares]


def energy_weights(energy, spread):
    weight = np.exp(-0.5 * ((FINE - energy) / spread) ** 2)
    return weight / weight.sum()


def minimum(f, start, scale):
    """Nelder and Mead 1965, Comput. J. 7, 308, restarted until nothing is gained."""
    best, value = np.array(start, float), f(start)
    for _ in range(6):
        points = [best] + [best + np.eye(len(best))[i] * scale[i] for i in range(len(best))]
        points = sorted(((f(x), tuple(x)) for x in points))
        for _ in range(400 * len(best)):
            if points[-1][0] - points[0][0] < 1e-5:
                break
            xs = np.array([x for _, x in points])
            centre = xs[:-1].mean(axis=0)
            tried = centre + (centre - xs[-1])
            v = f(tried)
            if v < points[0][0]:
                further = centre + 2 * (centre - xs[-1])
                w = f(further)
                points[-1] = (w, tuple(further)) if w < v else (v, tuple(tried))
            elif v < points[-2][0]:
                points[-1] = (v, tuple(tried))
            else:
                nearer = centre + 0.5 * ((tried if v < points[-1][0] else xs[-1]) - centre)
                w = f(nearer)
                if w < min(v, points[-1][0]):
                    points[-1] = (w, tuple(nearer))
                else:
                    points = [points[0]] + [(f(y), tuple(y)) for y in (points[0][1] + 0.5 * (xs[1:] - points[0][1]))]
            points.sort()
        gained = value - points[0][0]
        value, best = points[0][0], np.array(points[0][1])
        if gained < 1e-3:
            break
    return best, value


def covariance(f, x, step):
    n = len(x)
    h = np.zeros((n, n))
    e = np.eye(n) * step
    for i in range(n):
        for j in range(i, n):
            h[i, j] = h[j, i] = (f(x + e[i] + e[j]) - f(x + e[i] - e[j]) - f(x - e[i] + e[j]) + f(x - e[i] - e[j])) / (
                4 * step[i] * step[j])
    return np.linalg.pinv(h)


class Fit:
    """One likelihood of the three beams. Free: mean energy and spread of each, efficiency of planes 4 and 5 (6: their mean),
    blur of ln size, gain (shift of ln size) of every chip of the planes SIZED."""

    def __init__(self, beams, templates, with_cross):
        self.beams, self.templates = beams, templates
        self.parts = [b.part if with_cross else np.zeros_like(b.part) for b in beams]
        self.gains = np.zeros((24, 4))
        self.seen = [(k, c) for k in SIZED for c in range(4)
                     if sum(np.sum((b.chip[:, k] == c) & ~np.isnan(b.size[:, k])) for b in beams) > 15]

    def split(self, x):
        efficiency = {4: x[6], 5: x[7], 6: 0.5 * (x[6] + x[7])}
        return x[:3], np.exp(x[3:6]), efficiency, math.exp(x[8])

    def negative(self, x, gains=None):
        x = np.asarray(x, float)
        energies, spreads, efficiency, blur = self.split(x)
        if max(efficiency.values()) > 1 or min(efficiency.values()) < 0.5 or not all(0.4 < s < 25 for s in spreads):
            return 1e9
        total = 0.0
        for b, part, energy, spread in zip(self.beams, self.parts, energies, spreads):
            p = track_probabilities(b, part, self.templates, self.gains if gains is None else gains, efficiency, blur)
            total -= np.log(p @ energy_weights(energy, spread) + 1e-12).sum()
        return total

    def update_gains(self, x):
        """One step of expectation and maximisation for the gains at fixed x."""
        energies, spreads, efficiency, blur = self.split(x)
        above, below = np.zeros((24, 4)), np.zeros((24, 4))
        for b, part, energy, spread in zip(self.beams, self.parts, energies, spreads):
            post = track_probabilities(b, part, self.templates, self.gains, efficiency, blur) * energy_weights(energy, spread)
            post /= post.sum(axis=1, keepdims=True) + 1e-300
            last = np.minimum(b.last, LAST)
            for k, c in self.seen:
                here = (last >= k) & (b.chip[:, k] == c) & ~np.isnan(b.size[:, k])
                on = (last > k).astype(int)[here]
                w = post[here] / (self.templates.width[on, part[here], k] ** 2 + blur**2)
                above[k, c] += (w * (b.size[here, k][:, None] - self.templates.mean[on, part[here], k])).sum()
                below[k, c] += w.sum()
        for k, c in self.seen:
            self.gains[k, c] = above[k, c] / below[k, c]

    def __call__(self):
        x = np.array([147, 159, 179, 1.0, 0.7, 0.7, 0.97, 0.9, -1.8])
        value = math.inf
        for _ in range(12):
            for _ in range(20):
                self.update_gains(x)
            x, now = minimum(self.negative, x, [2, 2, 1, 0.4, 0.4, 0.4, -0.02, -0.03, 0.3])
            if value - now < 1e-2:
                break
            value = now
        n = len(x)

        def everything(y):
            gains = self.gains.copy()
            for (k, c), g in zip(self.seen, y[n:]):
                gains[k, c] = g
            return self.negative(y[:n], gains)

        y = np.concatenate([x, [self.gains[k, c] for k, c in self.seen]])
        step = np.array([0.3, 0.3, 0.3, 0.08, 0.08, 0.08, 0.003, 0.003, 0.05] + [0.02] * len(self.seen))
        errors = np.sqrt(np.abs(np.diag(covariance(everything, y, step))))
        energies, spreads, efficiency, blur = self.split(x)
        rows, t = [], self.templates
        for i, beam in enumerate(BEAMS):
            r, nominal = water_range(energies[i]), water_range(beam)
            last, part = np.minimum(self.beams[i].last, LAST), self.parts[i]
            rows.append({"beam_MeV": beam, "ends": [int(np.sum(last == k)) for k in range(FIRST, LAST + 1)],
                         "ends_fitted": predicted_ends(part, t, efficiency, energies[i], spreads[i]),
                         "ends_nominal": predicted_ends(part, t, efficiency, beam, 1.0), "tracks": len(part),
                         "energy_MeV": energies[i], "energy_error": errors[i],
                         "spread_MeV": spreads[i], "spread_error": errors[3 + i] * spreads[i], "range_mm_water": r,
                         "range_error": errors[i] / water_stopping(energies[i]), "range_spread": spreads[i] / water_stopping(energies[i]),
                         "expected_mm_water": nominal, "deviation": r / nominal - 1})
        return {"beams": rows, "log_likelihood": -now, "efficiency": [efficiency[4], efficiency[5]], "size_blur": blur,
                "gains": {f"plane {k} chip {c}": self.gains[k, c] for k, c in self.seen}}


def report_tables(reports):
    lines = ["| beam | method | tracks in readouts | tracks per readout | hits per track | depth of the last hits [mm of water] | sd |",
             "|---|---|---|---|---|---|---|"]
    for r in reports:
        if r["kind"] == "data":
            e = [f"{r[k]['value']:.{d}f} [{r[k]['low']:.{d}f}, {r[k]['high']:.{d}f}]"
                 for k, d in (("tracks_per_frame", 3), ("hits_per_track", 2), ("range_mm_water", 1))]
            lines.append(f"| {r['beam']} MeV | {r['method']} | {r['tracks']} in {r['frames']} | {e[0]} | {e[1]} | {e[2]} | {r['range_sd_mm_water']:.1f} |")
    lines += ["", "Kinks, median / 68 % / 95 % in mrad, data (simulation of the nominal energy):", "",
              "| beam | method | plane 1 | plane 2 | plane 3 | plane 4 | plane 5 |", "|---|---|---|---|---|---|---|"]

    def kinks(report, plane):
        layer = report["layers"][plane] if plane < len(report["layers"]) else {"kinks": 0}
        if layer["kinks"] < 10:
            return "–"
        return " / ".join(f"{1e3 * layer[q]:.0f}" for q in ("kink_median_rad", "kink_68_rad", "kink_95_rad"))

    for r in reports:
        if r["kind"] == "data":
            s = next(s for s in reports if s["kind"] == "simulation" and (s["beam"], s["method"]) == (r["beam"], r["method"]))
            lines.append(f"| {r['beam']} MeV | {r['method']} | " + " | ".join(f"{kinks(r, k)} ({kinks(s, k)})" for k in range(1, 6)) + " |")
    return "\n".join(lines)


def place_table(real):
    """Where across the beam protons get how deep: share of the network's tracks of plane 3 (5) that reach plane 4 (6)."""
    lines = ["| | distance from the axis [mm] | 0–5 | 5–10 | 10–15 | 15–20 |", "|---|---|---|---|---|---|"]
    for beam, plane in ((150, 3), (180, 5)):
        t = real[BEAMS.index(beam)]
        for axis, name in ((1, "&#124;y&#124;"), (0, "&#124;x&#124;")):
            cells = []
            for low in (0, 5, 10, 15):
                there = (t.last >= plane) & (np.abs(t.front[:, axis]) >= low) & (np.abs(t.front[:, axis]) < low + 5)
                cells.append(f"{np.sum(t.last[there] > plane)} of {np.sum(there)}")
            lines.append(f"| {beam} MeV, plane {plane} to {plane + 1} | {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def range_table(result):
    fits, closure = result["fits"], {"network": {"closure": result["closure"]}}
    names = {"described": "as described, all tracks", "outside": "as described, tracks outside the cross", "cross": "with the cross, all tracks",
             "closure": "simulation taken for data"}
    lines = ["| stack | method | beam | tracks | energy [MeV] | its spread [MeV] | range [mm of water] | range spread | expected | deviation |",
             "|---|---|---|---|---|---|---|---|---|---|"]
    for model, name in names.items():
        for method in METHODS if model != "closure" else ("network",):
            for r in {**fits[method], **closure.get(method, {})}[model]["beams"]:
                lines.append(f"| {name} | {method} | {r['beam_MeV']} MeV | {r['tracks']} | {r['energy_MeV']:.1f} ± {r['energy_error']:.1f} "
                             f"| {r['spread_MeV']:.1f} ± {r['spread_error']:.1f} | {r['range_mm_water']:.1f} ± {r['range_error']:.1f} | {r['range_spread']:.1f} "
                             f"| {r['expected_mm_water']:.1f} | {100 * r['deviation']:+.1f} ± {100 * r['range_error'] / r['expected_mm_water']:.1f} % |")
    return "\n".join(lines)


def picture(rows):
    """Shares of tracks that end in each plane: points for data, bars for simulation."""
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="760" height="270" font-family="sans-serif" font-size="12">',
           '<rect width="760" height="270" fill="white"/>']
    for i, row in enumerate(rows):
        x0, y0, height = 60 + 240 * i, 210, 160
        out.append(f'<text x="{x0 + 90}" y="28" text-anchor="middle" font-size="14">{row["beam_MeV"]} MeV, {row["tracks"]} tracks</text>')
        for share in (0, 0.5, 1):
            y = y0 - height * share
            out.append(f'<line x1="{x0}" x2="{x0 + 184}" y1="{y}" y2="{y}" stroke="#ccc"/>'
                       + (f'<text x="{x0 - 6}" y="{y + 4}" text-anchor="end">{100 * share:.0f} %</text>' if i == 0 else ""))
        for k in range(LAST - FIRST + 1):
            x, n = x0 + 8 + 44 * k, row["tracks"]
            for offset, key, colour in ((0, "ends_nominal", "#c8c8c8"), (18, "ends_fitted", "#6a9fd4")):
                bar = height * row[key][k]
                out.append(f'<rect x="{x + offset}" y="{y0 - bar:.1f}" width="17" height="{bar:.1f}" fill="{colour}"/>')
            share = row["ends"][k] / n
            error = math.sqrt(max(share * (1 - share), 1 / n) / n)
            y, e = y0 - height * share, height * error
            out.append(f'<line x1="{x + 17.5}" x2="{x + 17.5}" y1="{y - e:.1f}" y2="{min(y + e, y0):.1f}" stroke="black"/>'
                       f'<circle cx="{x + 17.5}" cy="{y:.1f}" r="3.5"/>')
            out.append(f'<text x="{x + 17}" y="{y0 + 16}" text-anchor="middle">{FIRST + k}</text>')
        out.append(f'<text x="{x0 + 90}" y="{y0 + 34}" text-anchor="middle">plane of the deepest hit</text>')
    out.append('<circle cx="220" cy="258" r="3.5"/><text x="228" y="262">data</text><rect x="280" y="250" width="12" height="12" fill="#c8c8c8"/>'
               '<text x="297" y="262">simulation, nominal energy</text><rect x="470" y="250" width="12" height="12" fill="#6a9fd4"/>'
               '<text x="487" y="262">simulation, fitted</text></svg>')
    return "\n".join(out) + "\n"


def put(text, name, table):
    head, _, rest = text.partition(f"<!-- {name} -->")
    return f"{head}<!-- {name} -->\n{table}\n<!-- end of {name} -->{rest.partition(f'<!-- end of {name} -->')[2]}"


def main(bin_folder, data, work="build/groningen"):
    program = str(pathlib.Path(bin_folder).resolve() / "difftrack")
    work = ROOT / work
    work.mkdir(parents=True, exist_ok=True)

    def run(*arguments):
        subprocess.run([program, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def tracks_of(source, method, name, *options):
        out = work / f"{name}_{method}"
        table = work / f"{name}_{method}.csv"
        if not table.exists():
            run("reconstruct", source, "--detector", "groningen-w", "--per-frame", 1, *METHODS[method], *options, "-o", out)
        return Tracks(table)

    def simulated(phantom, energy, primaries, spread=0.0):
        name = f"{'c' if spread else 's'}_{phantom.replace(':', '')}_{energy:g}"
        steps = work / f"{name}.npz"
        if not steps.exists():
            run("simulate", "-q", *BEAM.format(phantom, energy, primaries, int(energy) + (500 if spread else 0), spread).split(), "-o", steps)
        return steps, name

    result = {"reports": [], "fits": {}}
    for method in METHODS:
        real = [tracks_of(pathlib.Path(data) / f"groningen_{b}MeV_pixels.npz", method, f"r_{b}") for b in BEAMS]
        for b in BEAMS:
            tracks_of(simulated("none", b, 6000)[0], method, f"n_{b}", *RESPONSE.split())
        files = [work / f"r_{b}_{method}.npz" for b in BEAMS] + [work / f"n_{b}_{method}.npz" for b in BEAMS]
        run("evaluate", "--no-truth", *files, "--json", work / f"{method}.json")
        for report, beam, kind in zip(json.loads((work / f"{method}.json").read_text()), BEAMS * 2, ["data"] * 3 + ["simulation"] * 3):
            result["reports"].append({"method": method, "beam": beam, "kind": kind, **report})
        pool = []
        for extra in EXTRA:
            row = []
            for energy in GRID:
                steps, name = simulated("none" if extra == 0 else f"water:{extra}", energy, 6000)
                row.append(tracks_of(steps, method, name, *RESPONSE.split()))
            pool.append(row)
        templates = Templates(pool)
        outside = [t.chosen(t.part == 0) for t in real]
        result["fits"][method] = {"outside": Fit(outside, templates, False)(), "cross": Fit(real, templates, True)(),
                                  "described": Fit(real, templates, False)()}
        for model, f in result["fits"][method].items():
            for row in f["beams"]:
                print(f"{method:9} {model:10} {row['beam_MeV']} MeV: {row['energy_MeV']:.2f} +- {row['energy_error']:.2f}, spread "
                      f"{row['spread_MeV']:.1f} +- {row['spread_error']:.1f}; range {row['range_mm_water']:.1f} +- {row['range_error']:.1f} mm,"
                      f" expected {row['expected_mm_water']:.1f}: {100 * row['deviation']:+.1f} %")
            print("   ", {k: v for k, v in f.items() if k != "beams"})
        if method == "network":  # does the fit find what is known? As many simulated tracks as real ones
            known = []
            for beam, spread in zip(BEAMS, CLOSURE_SPREADS):
                steps, name = simulated("none", beam, 2000, spread)
                known.append(tracks_of(steps, method, name, *RESPONSE.split()))
            known = [k.chosen(np.arange(len(r.last))) for k, r in zip(known, real)]
            result["closure"] = Fit(known, templates, False)()
            print("closure", [(r["beam_MeV"], r["energy_MeV"], r["energy_error"], r["spread_MeV"], r["spread_error"])
                              for r in result["closure"]["beams"]])
    (ROOT / "build/groningen.json").write_text(json.dumps(result, indent=1) + "\n")
    page = ROOT / "docs/groningen.md"
    text = put(page.read_text(), "tracks", report_tables(result["reports"]))
    text = put(text, "ranges", range_table(result))
    page.write_text(put(text, "places", place_table(real)))
    (ROOT / "docs/groningen.svg").write_text(picture(result["fits"]["network"]["cross"]["beams"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
