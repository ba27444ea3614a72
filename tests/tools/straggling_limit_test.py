#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/straggling_limit.py: its arithmetic on made samples, and the limit behind 173 mm of water with few protons.

    straggling_limit_test.py SOURCE PROGRAMS
"""
import pathlib
import random
import sys

source, programs = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
sys.path.insert(0, str(source / "tools"))
import straggling_limit  # noqa: E402

draw = random.Random(4)
sample = [draw.gauss(150, 3.5) for _ in range(4000)] + [draw.uniform(0, 130) for _ in range(200)]
mean, sd, inside = straggling_limit.core_of(sample)
assert abs(mean - 150) < 0.3 and abs(sd - 3.5) < 0.15 and 3900 <= inside <= 4010, (mean, sd, inside)

pairs = [(draw.gauss(0, 2), 0.0) for _ in range(3000)]
pairs = [(x, 0.003 * x + draw.gauss(0, 0.01)) for x, _ in pairs] + [(0.0, 0.2)]
pulls = straggling_limit.squared_pulls(pairs)
assert pulls[-1] > 100 and 0.96 < sum(q < 9 for q in pulls) / len(pulls) < 1, pulls[-1]

text = straggling_limit.fine_description((source / "detectors/bergen-dtc.toml").read_text())
assert text.count('stack = "slice"') == 41 and '3.500' not in text.split("[[layers]]")[0]

(all_, _, _), (kept, error, share) = straggling_limit.limit(programs / "difftrack", 173, 1200, 5, True)
assert 3.63 - 0.5 < kept < 3.63 + 0.5 and kept <= all_ + 0.2 and 0.03 < error < 0.3 and share > 0.94, (all_, kept, error, share)
print(f"limit behind 173 mm of water: {kept:.2f} ± {error:.2f} mm")
