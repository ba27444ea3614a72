#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes apart what is lost between hits merged by truth and clusters of pixels: of the same events, which protons are found
from the ones and not from the others, and what became of their hits; and which tracks from clusters have a wrong hit, and why.

  tools/cluster_losses.py PROGRAM_FOLDER FILE [--per-frame 100] [-- OPTION …]

A proton's hit of the merged kind is missing among the clusters when no cluster of its plane says it is of the proton itself.
Then the nearest cluster tells why: of another proton and no farther than its own extent (pitch times the root of its pixels)
and 0.03 mm: shared; of the proton's own secondary: own secondary; else: lost (threshold, gap, dead pixels). The last two lines
count a cluster for every proton that left one of its hits there, not for the strongest alone. OPTION … go to `reconstruct`.
Events of the file are to be numbered uniquely. Needs NumPy.
"""
import argparse
import collections
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

PITCH, BESIDE, COMPLETE = 0.0292, 0.03, 0.9  # mm, mm, share of a proton's hits


def read(path):
    """(hits, the hits of each accepted track)."""
    hits = np.load(path)["hits"]
    chosen = hits[hits["track"] >= 0]
    chosen = chosen[np.lexsort((chosen["order"], chosen["track"], chosen["frame"]))]
    first = np.flatnonzero(np.r_[True, (chosen["track"][1:] != chosen["track"][:-1]) | (chosen["frame"][1:] != chosen["frame"][:-1])])
    return hits, np.split(chosen, first[1:])


def own_hits(hits):
    """{event: {layer: hit}} of the beam's protons themselves."""
    own = collections.defaultdict(dict)
    for hit in hits[hits["primary"] == 1]:
        own[int(hit["event"])].setdefault(int(hit["layer"]), hit)
    return own


def reconstructable(own, last_hit=0.0625, fewest=5):
    return {event for event, hits in own.items() if len(hits) >= fewest and hits[max(hits)]["edep"] > last_hit}


def there(hit, own):
    """Whether the proton with these hits of the merged kind left one where the cluster is."""
    mine = own.get(int(hit["layer"]))
    return mine is not None and np.hypot(mine["x"] - hit["x"], mine["y"] - hit["y"]) < PITCH * np.sqrt(hit["cluster_size"]) + BESIDE


def judge(tracks, own, truth):
    """(events found, the same with shared clusters for all, reasons of the wrong tracks)."""
    found, shared, why = set(), set(), collections.Counter()
    for hits in tracks:
        event = collections.Counter(hits["event"].tolist()).most_common(1)[0][0]
        wrong = hits[(hits["event"] != event) | (hits["primary"] == 0)]
        whole = len(hits) - len(wrong) >= COMPLETE * len(own[event])
        if len(wrong) == 0:
            why["right"] += 1
            if whole:
                found.add(event)
                shared.add(event)
            continue
        if all(there(hit, truth[event]) for hit in wrong):
            why["its wrong hits hold pixels of its own"] += 1
            if len(hits) >= COMPLETE * len(own[event]):
                shared.add(event)
        elif (wrong["event"] != event).any():
            why["hits of another proton"] += 1
        else:
            why["hits of its own secondary"] += 1
    return found, shared, why


def fate(hits, clusters, event):
    """What became of a proton's hits among the clusters, in words."""
    kinds = set()
    for layer, hit in hits.items():
        near = clusters.get(layer)
        kind = "lost"
        if near is not None and len(near):
            distance = np.hypot(near["x"] - hit["x"], near["y"] - hit["y"])
            cluster = near[distance.argmin()]
            if distance.min() < PITCH * np.sqrt(cluster["cluster_size"]) + BESIDE:
                kind = "shared" if cluster["event"] != event else "own secondary"
        kinds.add(kind)
    return " and ".join(sorted(kinds)) or "all there"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("file")
    parser.add_argument("--per-frame", default="100")
    own, _, options = " ".join(sys.argv[1:]).partition(" -- ")
    arguments = parser.parse_args(own.split())
    with tempfile.TemporaryDirectory() as folder:
        sides = []
        for kind in ("merged", "pixels"):
            subprocess.run([arguments.programs / "difftrack", "reconstruct", "-q", arguments.file, "--hits", kind, "--per-frame",
                            arguments.per_frame, "--no-keep-partial", *options.split(), "-o", f"{folder}/{kind}"], check=True)
            sides.append(read(f"{folder}/{kind}.npz"))
    (merged, merged_tracks), (clusters, tracks) = sides
    truth, own = own_hits(merged), own_hits(clusters)
    before, _, _ = judge(merged_tracks, truth, truth)
    found, shared, why = judge(tracks, own, truth)
    expected, expected_before = reconstructable(own), reconstructable(truth)
    planes = collections.defaultdict(dict)
    frame_of = {int(hit["event"]): int(hit["frame"]) for hit in clusters}
    for frame in np.unique(clusters["frame"]):
        of_frame = clusters[clusters["frame"] == frame]
        planes[int(frame)] = {int(layer): of_frame[of_frame["layer"] == layer] for layer in np.unique(of_frame["layer"])}
    fates, lost = collections.Counter(), collections.Counter()
    for event in sorted(expected_before):
        missing = {layer: hit for layer, hit in truth[event].items() if layer not in own.get(event, {})}
        name = fate(missing, planes[frame_of.get(event, -1)], event)
        fates[name] += 1
        lost[name] += event in before and event not in found
    for name, n in fates.most_common():
        print(f"protons whose hits are {name:24s} {n:6d}, found from merged hits alone {lost[name]:5d}")
    for name, n in why.most_common():
        print(f"tracks from clusters: {name:40s} {n:6d} ({100 * n / len(tracks):.1f} %)")
    share = "its wrong hits hold pixels of its own"
    print(f"strict purity {100 * why['right'] / len(tracks):.1f}, efficiency {100 * len(found & expected) / len(expected):.1f}; "
          f"merged hits: efficiency {100 * len(before & expected_before) / len(expected_before):.1f}")
    print(f"a cluster for every proton in it: purity {100 * (why['right'] + why[share]) / len(tracks):.1f}, "
          f"efficiency {100 * len(shared & expected) / len(expected):.1f}")


if __name__ == "__main__":
    main()
