#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/landscape.json → the tables of docs/landscape.md (between their markers; the text around them stays).

    tools/landscape_page.py            writes them
    tools/landscape_page.py --check    exit code 1 where they are not what docs/landscape.json gives
"""
import json
import pathlib
import re
import statistics
import sys

from results_page import NAMES, with_tables

# Published values: Kortus, Keidel, Gauger, arXiv 2407.13420. Of surfaces decoded from its vector figures (four runs each),
# of curves and similarities its tables and heat maps (five runs, ten pairs each).
PUBLISHED_SURFACES = {  # ratio of L_H; shares of the square within 2, 5 and 10 times the minimum [%]
    "ptt": ("69–76", 12, 24, 34), "pat_lambda_25": ("44–80", 38, 46, 52), "pat_lambda_50": ("71–76", 24, 36, 47),
    "pat_lambda_75": ("41–85", 24, 40, 45)}
PUBLISHED_PTT_BCE = ("661–850", 0.3, 0.8, 2.5)
PUBLISHED_LINES = {  # 1000 L_H: minimum, maximum, mean; TPR [%]: minimum, mean
    "ptt": ("6.7", "332 ± 117", "107 ± 42", "63.7", "87.6"), "pat_lambda_25": ("6.6", "229 ± 111", "38 ± 20", "75.0", "95.8"),
    "pat_lambda_50": ("6.5", "251 ± 103", "44 ± 23", "71.6", "95.0"), "pat_lambda_75": ("6.5", "346 ± 134", "83 ± 44", "63.0", "91.1"),
    "across": ("6.6", "337 ± 169", "117 ± 76", "63.9", "87.1")}
PUBLISHED_CURVES = {  # (loss, variant) → 1000 L_H: minimum, maximum, mean; TPR [%]: minimum, mean
    ("hamming", "ptt"): ("6.7", "15.3 ± 5.5", "9.6 ± 1.1", "98.0", "98.9"), ("hamming", "pat_lambda_50"): ("6.5", "8.0 ± 0.4", "7.0 ± 0.1", "99.2", "99.3"),
    ("bce", "ptt"): ("6.7", "7.6 ± 0.2", "7.1 ± 0.1", "99.2", "99.3"), ("bce", "pat_lambda_50"): ("6.5", "7.8 ± 0.1", "7.4 ± 0.1", "99.2", "99.2")}
PUBLISHED_CKA = {  # pair of variants → means of R1, O, R2 and of the normalised disagreement
    ("pat_lambda_25", "pat_lambda_25"): (".85", ".69", ".60", ".141"), ("pat_lambda_50", "pat_lambda_50"): (".83", ".75", ".70", ".146"),
    ("pat_lambda_75", "pat_lambda_75"): (".82", ".72", ".59", ".155"), ("ptt", "ptt"): (".71", ".65", ".66", ".146"),
    ("pat_lambda_25", "pat_lambda_50"): (".84", ".72", ".65", ".142"), ("pat_lambda_25", "pat_lambda_75"): (".83", ".68", ".59", ".152"),
    ("pat_lambda_50", "pat_lambda_75"): (".84", ".73", ".63", ".149"), ("pat_lambda_25", "ptt"): (".77", ".61", ".48", ".199"),
    ("pat_lambda_50", "ptt"): (".76", ".62", ".51", ".203"), ("pat_lambda_75", "ptt"): (".76", ".59", ".40", ".202")}
PREDICTORS = {"score_margin": "score margin", "reduced_margin": "reduced-cost margin", "score": "score", "density": "density of candidates",
              "kink": "kink", "layer": "layer"}


def variant_of(name):
    return re.sub(r"_\d+$", "", name)


def spread(values, digits, factor=1.0):
    """Mean, with the standard deviation where there are several."""
    scaled = [factor * value for value in values]
    mean = f"{statistics.mean(scaled):.{digits}f}"
    return mean if len(scaled) < 2 else f"{mean} ± {statistics.stdev(scaled):.{digits}f}"


def table(header, rows):
    return "\n".join(["| " + " | ".join(header) + " |", "|" + "---|" * len(header), *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def surfaces_table(variants):
    rows = []
    for variant, surfaces in variants.items():
        published = PUBLISHED_SURFACES[variant]
        lines = [("hamming", "L_H", published)] + ([("bce", "cross-entropy", PUBLISHED_PTT_BCE)] if variant == "ptt" else [])
        for key, name, known in lines:
            ratios = [each[key]["maximum"] / each[key]["minimum"] for each in surfaces]
            low, high = min(ratios), max(ratios)
            row = [NAMES[variant], len(surfaces), name, f"{low:.0f}–{high:.0f} ({known[0]})"]
            row += [f"{spread([each[key][part] for each in surfaces], 1, 100)} ({share})"
                    for part, share in zip(("within_2", "within_5", "within_10"), known[1:])]
            rows.append(row + [spread([each[key]["wide"] for each in surfaces], 2)])
    return table(["method", "models", "loss", "largest / smallest", "≤ 2 × smallest [%]", "≤ 5 ×", "≤ 10 ×", "width"], rows)


def hessians_table(variants):
    rows = []
    for variant, spectra in variants.items():
        for each in spectra:
            surrogate = each.get("surrogate")
            rows.append([each["name"].replace("_", " "), *(f"{value:.1f}" for value in each["largest"][:2]), f"{each['largest'][-1]:.2f}",
                         f"{each['smallest'][0]:.2f}", f"{each['trace']['value']:.0f} ± {each['trace']['standard_error']:.0f}",
                         f"{100 * sum(each['largest']) / each['trace']['value']:.0f} %",
                         f"{surrogate[0]} of {surrogate[1]:,}" if surrogate else "–"])
    return table(["model", "largest", "second", "tenth", "smallest", "trace", "ten largest / trace", "non-zero factors of the surrogate"], rows)


def path_row(name, pairs, known):
    values = [spread([pair["hamming"][part] for pair in pairs], digits, 1000) for part, digits in (("minimum", 1), ("maximum", 0), ("mean", 0))]
    finds = [f"{100 * statistics.mean(pair['tpr'][part] for pair in pairs):.1f}" for part in ("minimum", "mean")]
    cells = [f"{ours} ({published})" if published else ours for ours, published in zip(values + finds, known or [None] * 5)]
    return [name, len(pairs), *cells, spread([pair["hamming"]["corrected"] for pair in pairs], 0, 1000)]


PATH_HEADER = ["between", "pairs", "1000 L_H: least", "largest", "mean", "segments found [%]: least", "mean", "1000 × barrier above the ends' line"]


def lines_table(aligned):
    rows = []
    for align, name in (("none", ""), ("weights", ", units aligned")):
        for variant, pairs in aligned.get(align, {}).items():
            title = "PTT and PAT λ = 50" if variant == "across" else f"seeds of {NAMES[variant]}"
            rows.append(path_row(title + name, pairs, PUBLISHED_LINES[variant] if align == "none" else None))
    return table(PATH_HEADER, rows)


def curves_table(losses):
    rows = []
    for loss, variants in losses.items():
        for variant, pairs in variants.items():
            title = f"seeds of {NAMES[variant]}, trained on {'L_H' if loss == 'hamming' else 'cross-entropy'}"
            rows.append(path_row(title, pairs, PUBLISHED_CURVES[(loss, variant)]))
    return table(PATH_HEADER, rows)


def similarity_table(similarity):
    def groups(entries):
        return {tuple(sorted((each["first"], each["second"]))): each for each in entries}
    modules = {name: groups(similarity["cka"][name]["all_pairs"]) for name in ("R1", "O", "R2")}
    matched = {name: groups(similarity["cka"][name]["matched"]) for name in ("R1", "O", "R2")}
    rows = []
    for pair, each in sorted(groups(similarity["disagreement"]).items()):
        known = PUBLISHED_CKA[pair]
        cells = [f"{modules[name][pair]['mean']:.2f} ({value})" for name, value in zip(modules, known)]
        cells += [f"{matched[name][pair]['mean']:.2f}" for name in matched]
        rows.append([" – ".join(NAMES[name] for name in pair), each["pairs"], *cells,
                     f"{each['mean']:.3f} [{each['minimum']:.3f}, {each['maximum']:.3f}] ({known[3]})"])
    ceilings = {name: statistics.mean(similarity["cka"][name]["ceiling"]) for name in modules}
    rows.append(["a network with itself", "", *(f"{ceilings[name]:.2f}" for name in modules), "1", "1", "1", "0"])
    return table(["between", "pairs", "R1, all layers", "O", "R2", "R1, matched layers", "O", "R2", "disagreement"], rows)


def churn_table(stability):
    names = {"churn": "tracks that differ", "right_in_one": "primaries right in one of two", "unshared_errors": "errors not shared"}
    variants = list(stability["pairs"]["churn"]["groups"])
    rows = [[text, *("{:.3f} [{:.3f}, {:.3f}]".format(*(stability["pairs"][key]["groups"][variant][part] for part in ("value", "low", "high")))
                     for variant in variants)] for key, text in names.items()]
    return table(["between two seeds", *(NAMES[variant] for variant in variants)], rows)


def comparison_table(stability):
    rows = [[NAMES[each["first"]], NAMES[each["second"]], f"{each['difference']:+.3f}", f"{each['p']:.3f}", f"{each['labellings']:,}"]
            for each in stability["pairs"]["churn"].get("comparisons", [])]
    return table(["churn of", "less that of", "difference", "p", "labellings"], rows)


def predictor_table(stability):
    order = sorted(stability["segments"]["auc"], key=lambda name: -stability["segments"]["auc"][name])
    rows = [[PREDICTORS.get(name, name.replace("_", " ")), *(f"{stability[kind]['auc'][name]:.2f}" if name in stability[kind]["auc"] else "–"
                                                           for kind in ("segments", "tracks"))] for name in order]
    return table(["number", "segments", "tracks"], rows)


TABLES = {"surfaces": {"surfaces": surfaces_table}, "hessians": {"hessians": hessians_table}, "lines": {"lines": lines_table},
          "curves": {"curves": curves_table}, "similarity": {"similarity": similarity_table},
          "stability": {"churn": churn_table, "comparisons": comparison_table, "predictors": predictor_table}}


def page(path, results):
    places = {place: make(results[part]) for part, made in TABLES.items() if part in results for place, make in made.items()}
    return with_tables(path.read_text(), places, path.name)


def write_page(path, results):
    path.write_text(page(path, results))


def main(check):
    docs = pathlib.Path(__file__).resolve().parent.parent / "docs"
    results = json.loads((docs / "landscape.json").read_text())
    path = docs / "landscape.md"
    if not check:
        return write_page(path, results)
    stale = path.read_text() != page(path, results)
    return "docs/landscape.md: not what docs/landscape.json gives (run tools/landscape_page.py)" if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] == ["--check"]))
