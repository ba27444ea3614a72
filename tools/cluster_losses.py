#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes apart what is lost between hits merged by truth and clusters of pixels: of the same events, which protons are found
from the ones and not from the others, and what became of their hits; and which tracks from clusters have a wrong hit, and why.

  tools/cluster_losses.py PROGRAM_FOLDER FILE [--per-frame 100] [-- OPTION …]

A proton's hit of the merged kind is missing among the clusters when no cluster of its plane is named after the proton itself.
A cluster whose second event it is tells why: named after another proton: shared; after the proton's own secondary: own
secondary; without one: lost (threshold, gap, dead pixels, or the third in a cluster). The last two lines are the strict figures
as `evaluate` has them, and those of the strongest particle of each cluster alone. OPTION … go to `reconstruct`. Events of the
file are to be numbered uniquely. Needs NumPy.
"""
import argparse
import collections
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

COMPLETE = 0.9  # share of a proton's hits


def read(path):
    """(hits, the hits of each accepted track)."""
    hits = np.load(path)["hits"]
    chosen = hits[hits["track"] >= 0]
    chosen = chosen[np.lexsort((chosen["order"], chosen["track"], chosen["frame"]))]
    first = np.flatnonzero(np.r_[True, (chosen["track"][1:] != chosen["track"][:-1]) | (chosen["frame"][1:] != chosen["frame"][:-1])])
    return hits, np.split(chosen, first[1:])


def own_hits(hits):
    """{event: its hits} of the beam's protons themselves, deepest first."""
    own = collections.defaultdict(list)
    for hit in hits[hits["primary"] == 1]:
        own[int(hit["event"])].append(hit)
    return own


def reconstructable(own, last_hit=0.0625, fewest=5):
    return {event for event, hits in own.items() if len(hits) >= fewest and hits[0]["edep"] > last_hit}


def second_events(hits):
    return hits["second_event"] if "second_event" in hits.dtype.names else np.full(len(hits), -1)


def judge(tracks, own):
    """(events found, the same by the strongest particle of each cluster alone, reasons of right and wrong tracks)."""
    found, by_name, why = set(), set(), collections.Counter()
    for hits in tracks:
        label = collections.Counter(hits["event"].tolist()).most_common(1)[0][0]
        second = second_events(hits)
        for event in (label, int(hits["event"][0]), int(second[0])):  # all hits are of one of these, or of none
            named = (hits["event"] == event) & (hits["primary"] == 1)
            if event >= 0 and (named | (second == event)).all():
                break
        else:
            event, wrong = label, hits["event"][second != label]
            why["hits of another proton" if (wrong != label).any() else "hits of its own secondary"] += 1
            continue
        why["right" if named.all() else "right, some hits shared"] += 1
        if named.sum() >= COMPLETE * len(own[event]):
            found.add(event)
            if named.all():
                by_name.add(event)
    return found, by_name, why


def fate(layers, clusters, event):
    """What became of a proton's hits in these layers among the clusters of its frame, in words."""
    mine = clusters[second_events(clusters) == event]
    kinds = set()
    for layer in layers:
        names = mine["event"][mine["layer"] == layer]
        kinds.add("lost" if len(names) == 0 else "own secondary" if (names == event).any() else "shared")
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
    before, _, _ = judge(merged_tracks, truth)
    found, by_name, why = judge(tracks, own)
    expected, expected_before = reconstructable(own), reconstructable(truth)
    shared = clusters[clusters["second_event"] >= 0]
    fates, lost = collections.Counter(), collections.Counter()
    for event in sorted(expected_before):
        there = {hit["layer"] for hit in own.get(event, [])}
        name = fate([hit["layer"] for hit in truth[event] if hit["layer"] not in there], shared, event)
        fates[name] += 1
        lost[name] += event in before and event not in found
    for name, n in fates.most_common():
        print(f"protons whose hits are {name:24s} {n:6d}, found from merged hits alone {lost[name]:5d}")
    for name, n in why.most_common():
        print(f"tracks from clusters: {name:28s} {n:6d} ({100 * n / len(tracks):.1f} %)")
    shares = 100 * len(found & expected) / len(expected), 100 * len(before & expected_before) / len(expected_before)
    print(f"strict purity {100 * (why['right'] + why['right, some hits shared']) / len(tracks):.1f}, efficiency {shares[0]:.1f}; "
          f"merged hits: efficiency {shares[1]:.1f}")
    print(f"by the strongest particle of each cluster alone: purity {100 * why['right'] / len(tracks):.1f}, "
          f"efficiency {100 * len(by_name & expected) / len(expected):.1f}")


if __name__ == "__main__":
    main()
