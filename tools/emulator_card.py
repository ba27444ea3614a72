#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges a shipped emulator on boxes that it never saw: writes emulators/NAME.json, prints the table of its card.

    tools/emulator_card.py build/release/bin m7

Mean and deviation over test tables of several seeds, 10,000 boxes each; roll-outs of 1,000 boxes over 96 steps.
"""
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEEDS = (2, 21, 22, 23, 24)
KEYS = {"R2, mean of 28 columns": "r2_mean", "R2 of logarithms": "r2_log", "root mean square error over deviations": "rmse",
        "mass error, root mean square": "mass_rmse", "share of negative new values": "negative", "asinh skill": "asinh_skill",
        "new values within 1 %": "within_1", "new values within 10 %": "within_10",
        "R2 of particles of NS where they nucleate": "r2_nucleating", "nucleation: recall": "nucleation_recall",
        "nucleation: precision": "nucleation_precision", "accumulation to coarse: recall": "coarse_recall",
        "accumulation to coarse: precision": "coarse_precision"}


def output(*command):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout


def main():
    program, name = pathlib.Path(sys.argv[1]) / "difftrack", sys.argv[2]
    values, label = {}, ""
    with tempfile.TemporaryDirectory() as folder:
        rows = pathlib.Path(folder) / "test.npz"
        for seed in SEEDS:
            output(program, "aerosol", "simulate", "-q", "--boxes", 10000, "--seed", seed, "-o", rows)
            for line in output(program, "aerosol", "emulate", ROOT / "emulators" / f"{name}.safetensors", rows).splitlines()[1:]:
                name_of_line, value = line[:42].strip(), float(line[42:])
                label = f"{label}, doing nothing" if name_of_line == "of doing nothing" else name_of_line
                values.setdefault(label, []).append(value)
    print(f"| judged on {len(SEEDS)} x 50,000 rows | mean | deviation from seed to seed |\n|---|---|---|")
    card = {"test_seeds": list(SEEDS)}
    for label, found in values.items():
        if label.startswith("R2 of ") and label not in KEYS:
            continue
        mean, spread = statistics.mean(found), statistics.stdev(found)
        print(f"| {label} | {mean:.1e} | {spread:.1e} |" if 0 < abs(mean) < 1e-3 else f"| {label} | {mean:.4f} | {spread:.4f} |")
        key = KEYS.get(label) or ("r2_" + label[4:].replace("-", "_") if label.startswith("R2, ") else None)
        if key:
            card[key] = float(f"{mean:.4g}")
    table = output(program, "aerosol", "roll-out", "-q", ROOT / "emulators" / f"{name}.safetensors")
    print(table)
    card["run_away_of_1000"] = int(table.split()[0])
    drift = {match[1]: (float(match[2]), float(match[3])) for match in
             re.finditer(r"^([A-Z]{2}) +\d+ +(\S+) +\S+ +(\S+) ", table, re.M)}
    card["number_drift"] = max(abs(number) for number, _ in drift.values())
    card["mass_drift"] = max(abs(mass) for _, mass in drift.values())
    (ROOT / "emulators" / f"{name}.json").write_text(json.dumps(card, indent=1) + "\n")


if __name__ == "__main__":
    main()
