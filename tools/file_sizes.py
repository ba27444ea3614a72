#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails on source files over 600 lines; names those over 300 to look at again; checks the SPDX line."""
import pathlib
import statistics
import sys

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
sizes, failures, long = [], [], []
for folder in ("difftrack", "apps", "examples", "tests", "bench", "fuzz", "python", "tools"):
    for path in sorted((root / folder).rglob("*")):
        if path.suffix not in (".cpp", ".hpp", ".py", ".sh"):
            continue
        lines = path.read_text().splitlines()
        sizes.append(len(lines))
        name = path.relative_to(root)
        if len(lines) > 600:
            failures.append(f"{name}: {len(lines)} lines, more than 600")
        elif len(lines) > 300:
            long.append(f"  look again: {name}: {len(lines)} lines")
        if not any("SPDX-License-Identifier: Apache-2.0" in line for line in lines[:3]):
            failures.append(f"{name}: no SPDX line at the top")
print("\n".join(long + failures + [f"file sizes: {len(sizes)} files, median {statistics.median(sizes):.0f} lines"]))
sys.exit(1 if failures else 0)
