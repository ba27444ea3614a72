#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/results.json → the tables of docs/results.md, docs/study.md and docs/reproduction.md (between their markers; the
text around them stays) and the learning curves docs/learning_curves.svg.

    tools/results_page.py            writes them
    tools/results_page.py --check    exit code 1 where they are not what docs/results.json gives
"""
import json
import pathlib
import re
import statistics
import sys

WATER = (100, 150, 200)
DENSITIES = (50, 100, 150)

# Published purity/efficiency [%]: Kortus, Keidel, Gauger, arXiv 2407.13420, five seeds; at 100, 150, 200 mm of water.
PUBLISHED = {
    "PTT": {50: "94.9/83.8 96.2/86.9 96.4/88.7", 100: "87.4/75.2 91.9/82.4 91.7/83.8", 150: "77.5/65.0 84.9/75.3 87.2/79.6"},
    "PAT λ = 25": {50: "94.9/83.8 96.2/87.0 96.5/88.9", 100: "87.3/75.0 91.7/82.1 92.2/84.4", 150: "76.7/64.3 84.8/75.1 87.6/80.1"},
    "PAT λ = 50": {50: "95.0/83.9 96.3/87.1 96.5/89.0", 100: "87.4/75.1 92.0/82.4 92.5/84.6", 150: "76.8/64.4 85.1/75.5 88.1/80.6"},
    "PAT λ = 75": {50: "95.0/83.9 96.3/87.1 96.5/89.0", 100: "87.4/75.1 91.9/82.4 92.3/84.4", 150: "76.6/64.3 85.0/75.4 87.8/80.4"},
    "track follower": {50: "88.1/79.6 90.2/82.8 91.2/83.8", 100: "83.0/74.6 86.5/79.0 87.4/80.3", 150: "79.1/70.9 83.3/75.7 84.7/77.7"},
}
NAMES = {"ptt": "PTT", "pat_lambda_25": "PAT λ = 25", "pat_lambda_50": "PAT λ = 50", "pat_lambda_75": "PAT λ = 75",
         "hit_graph_ptt": "PTT, hit graph", "hit_graph_pat_lambda_25": "PAT λ = 25, hit graph",
         "hit_graph_pat_lambda_50": "PAT λ = 50, hit graph", "hit_graph_pat_lambda_75": "PAT λ = 75, hit graph", "physics": "physics alone", "follower": "track follower",
         "straightness": "straightness alone", "oracle": "oracle (truth as scores)", "network": "network (gate-3mm-al)"}
ASSIGNMENTS = {"combined": "with physics"}
COLOURS = ("#1f5fa8", "#5b9bd5", "#9dc3e6", "#8064a2", "#c0504d", "#e08a88", "#f0bcbb", "#7f9f3f", "#b0803c")


def method_of(run):
    return NAMES[re.sub(r"_\d+$", "", run)]


def grouped(rows):
    """(method, assignment) → the rows of its runs."""
    groups = {}
    for name, measured in rows.items():
        run, assignment = name.split(" ")
        groups.setdefault((method_of(run), ASSIGNMENTS.get(assignment, assignment)), []).append(measured)
    return groups


def cell(runs, source, per_frame, keys):
    """'purity / efficiency': one run with the half width of its 95 % interval where it has one, several with the spread
    of the seeds."""
    texts = []
    for key in keys:
        found = [row[key] for measured in runs for row in measured if row["source"] == source and row["per_frame"] == per_frame]
        if not found:
            return "–"
        value = 100 * statistics.mean(each[0] for each in found)
        if len(found) == 1 and found[0][1] is None:  # a single frame, or a published share above 100 %
            texts.append(f"{value:.1f}")
            continue
        error = 100 * (statistics.stdev(each[0] for each in found) if len(found) > 1 else (found[0][2] - found[0][1]) / 2)
        texts.append(f"{value:.1f} ± {error:.1f}")
    return " / ".join(texts)


def nine_cells(rows, keys, wanted, with_published=False, densities=DENSITIES):
    lines = ["| p+/F | method | assignment | runs | 100 mm | 150 mm | 200 mm |", "|---|---|---|---|---|---|---|"]
    for per_frame in densities:
        for (method, assignment), runs in grouped(rows).items():
            if not wanted(method, assignment):
                continue
            cells = [cell(runs, f"water{water}_test", per_frame, keys) for water in WATER]
            lines.append(f"| {per_frame} | {method} | {assignment} | {len(runs)} | " + " | ".join(cells) + " |")
            if with_published and method in PUBLISHED:
                cells = [text.replace("/", " / ") for text in PUBLISHED[method][per_frame].split()]
                lines.append(f"| {per_frame} | *{method}, as published* | *{assignment}* | *5* | *" + "* | *".join(cells) + "* |")
    return "\n".join(lines)


def runs_table(runs):
    lines = ["| run | steps | ended | purity 90 % reached at | best step | validation purity | validation efficiency |",
             "|---|---|---|---|---|---|---|"]
    for name, run in runs.items():
        reached = next((str(step) for step, purity, _ in run["curve"] if purity >= 0.9), "not")
        why = "flat for 2,000 steps" if run["ended"] == "flat" else "all steps"
        best = run["best"]
        lines.append(f"| {method_of(name)}, seed {name.split('_')[-1]} | {run['steps']} | {why} | {reached} | {best['step']} "
                     f"| {100 * best['purity']:.1f} | {100 * best['efficiency']:.1f} |")
    return "\n".join(lines)


def gate_table(gate):
    lines = ["| events per frame | method | assignment | published purity / efficiency [%] | strict purity / efficiency [%] |",
             "|---|---|---|---|---|"]
    for per_frame in DENSITIES:
        for name, measured in gate.items():
            method, assignment = name.split(" ")
            source = measured[0]["source"]
            cells = [cell([measured], source, per_frame, (f"{kind}_purity", f"{kind}_efficiency")) for kind in ("published", "strict")]
            lines.append(f"| {per_frame} | {NAMES[method]} | {ASSIGNMENTS.get(assignment, assignment)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def disagreement_table(pairs):
    groups = {}
    for pair, value in pairs.items():
        a, b = pair.split(" ")
        groups.setdefault((method_of(a), method_of(b)), []).append(value)
    lines = ["| between runs of | and of | pairs | normalised disagreement |", "|---|---|---|---|"]
    for (a, b), values in groups.items():
        spread = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
        lines.append(f"| {a} | {b} | {len(values)} | {statistics.mean(values):.3f}{spread} |")
    return "\n".join(lines)


def curves_svg(runs):
    width, height, left, right, bottom, top = 720, 400, 60, 190, 45, 20
    last = max((run["curve"][-1][0] for run in runs.values()), default=1000)
    worst = min((run["best"]["purity"] for run in runs.values()), default=1.0)
    low, high = min(0.80, int(50 * worst - 2) / 50), 0.94
    x = lambda step: left + step / last * (width - left - right)
    y = lambda purity: height - bottom - (purity - low) / (high - low) * (height - bottom - top)
    out = [f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' font-family='sans-serif' font-size='12'>",
           f"<rect width='{width}' height='{height}' fill='white'/>",
           f"<clipPath id='plot'><rect x='{left}' y='{top}' width='{width - left - right}' height='{height - bottom - top}'/></clipPath>"]
    for percent in range(round(100 * low), 95, 2):
        out.append(f"<line x1='{left}' x2='{width - right}' y1='{y(percent / 100):.1f}' y2='{y(percent / 100):.1f}' stroke='#ddd'/>"
                   f"<text x='{left - 6}' y='{y(percent / 100) + 4:.1f}' text-anchor='end'>{percent} %</text>")
    for step in range(0, last + 1, 1000):
        out.append(f"<text x='{x(step):.1f}' y='{height - bottom + 18}' text-anchor='middle'>{step}</text>")
    for i, (name, run) in enumerate(runs.items()):
        points = " ".join(f"{x(step):.1f},{y(purity):.1f}" for step, purity, _ in run["curve"])
        colour = COLOURS[i % len(COLOURS)]
        out.append(f"<polyline points='{points}' fill='none' stroke='{colour}' stroke-width='1.5' clip-path='url(#plot)'/>"
                   f"<text x='{width - right + 12}' y='{top + 12 + 18 * i}' fill='{colour}'>{method_of(name)}, seed {name.split('_')[-1]}</text>")
    out.append(f"<text x='{(left + width - right) / 2}' y='{height - 8}' text-anchor='middle'>steps of 32 frames</text>"
               f"<text x='{left}' y='13'>published purity on the validation frames (100 p+/F), forced assignment</text></svg>")
    return "\n".join(out) + "\n"


def tables(results):
    """Page → name of a place in it → the table that belongs there."""
    published, strict = (("published_purity", "published_efficiency"), ("strict_purity", "strict_efficiency"))
    rows, oracle, chosen = results["rows"], NAMES["oracle"], (NAMES["ptt"], NAMES["physics"], NAMES["follower"], NAMES["straightness"])
    return {
        "results.md": {
            "choice": nine_cells(rows, strict, lambda m, a: m in chosen, densities=(100,)),
            "free": nine_cells(rows, published, lambda m, a: a not in ("forced", "none") or m == oracle),
            "strict": nine_cells(rows, strict, lambda m, a: True),
            "gate": gate_table(results["gate"]),
        },
        "study.md": {"runs": runs_table(results["runs"]), "disagreement": disagreement_table(results["disagreement"])},
        "reproduction.md": {
            "forced": nine_cells(rows, published, lambda m, a: a in ("forced", "none") and m != oracle, with_published=True)},
    }


def with_tables(text, places, name):
    """The text of a page with each table between the markers of its place."""
    for place, table in places.items():
        pattern = re.compile(rf"(<!-- {place} -->\n).*?(<!-- end of {place} -->)", re.S)
        if not pattern.search(text):
            raise SystemExit(f"docs/{name}: has no place for the table '{place}' (<!-- {place} --> … <!-- end of {place} -->)")
        text = pattern.sub(lambda match, table=table: match[1] + table + "\n" + match[2], text)
    return text


def pages(results, docs):
    """Path → content of everything that follows from the results."""
    found = {docs / "learning_curves.svg": curves_svg(results["runs"])}
    for name, places in tables(results).items():
        found[docs / name] = with_tables((docs / name).read_text(), places, name)
    return found


def write_pages(results, docs):
    for path, content in pages(results, docs).items():
        path.write_text(content)


def main(check):
    docs = pathlib.Path(__file__).resolve().parent.parent / "docs"
    results = json.loads((docs / "results.json").read_text())
    if not check:
        return write_pages(results, docs)
    stale = [path.name for path, content in pages(results, docs).items() if not path.exists() or path.read_text() != content]
    return f"docs: not what docs/results.json gives (run tools/results_page.py): {', '.join(stale)}" if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] == ["--check"]))
