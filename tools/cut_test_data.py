#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the files of tests/data that are cut from the data for development again.

    build/python/bin/python3 tools/cut_test_data.py ../shared/data tests/data

What each file is and why it is cut so: tests/data/README.md. Files whose licence is unknown are never copied: of the
measured ALPIDE clusters only the figures of each cluster size are written.
"""
import collections
import csv
import pathlib
import sys

import numpy

PROTONS = {"geant4_water100": ("bergen_dtc_water100_230MeV", 500), "geant4_water150": ("bergen_dtc_water150_230MeV", 500),
           "geant4_water200": ("bergen_dtc_water200_230MeV", 2500), "geant4_small_cuts": ("bergen_dtc_water100_small_cuts", 134)}
STOPPING_FROM, STOPPING_TO = 0.001, 400.0  # MeV; ranges are sums from the lowest energy


def first_protons(source, target):
    for name, (whole, protons) in PROTONS.items():
        steps = numpy.load(source / "geant4" / f"{whole}.npz")["arr_0"]
        numpy.savez_compressed(target / f"{name}.npz", arr_0=steps[steps["eventID"] < protons])


def stopping_powers(source, target):
    with open(source / "pstar_total_stopping.csv", newline="") as file:
        names, *rows = csv.reader(file)
    with open(target / "pstar_total_stopping.csv", "w") as out:
        print(",".join(names), file=out)
        for row in rows:
            if STOPPING_FROM <= float(row[0]) <= STOPPING_TO:
                print(",".join(row), file=out)


def cluster_sizes(source, target):
    shapes = collections.defaultdict(list)
    with open(source / "alpide_clusters.csv", newline="") as file:
        for row in csv.DictReader(file):
            shapes[int(row["size"])].append((int(row["height"]), int(row["width"])))
    with open(target / "alpide_cluster_sizes.csv", "w") as out:
        print("size,clusters,height,width,fill,full", file=out)
        for size, each in sorted(shapes.items()):
            fill = [size / (height * width) for height, width in each]
            means = [sum(values) / len(each) for values in
                     ([h for h, _ in each], [w for _, w in each], fill, [share == 1.0 for share in fill])]
            print(size, len(each), *(f"{mean:.5f}" for mean in means), sep=",", file=out)


def main():
    source, target = map(pathlib.Path, sys.argv[1:3])
    first_protons(source, target)
    stopping_powers(source, target)
    cluster_sizes(source, target)


if __name__ == "__main__":
    main()
