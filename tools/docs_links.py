#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails on relative links in Markdown files whose target does not exist, and on `path` mentions under difftrack/."""
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "*.md"], capture_output=True, text=True)
files = [root / name for name in listed.stdout.split()] or sorted(root.rglob("*.md"))
dead = []
for path in files:
    if not path.exists():
        continue
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.S)
    for match in re.finditer(r"\]\(([^)#\s]+)(#[^)]*)?\)", text):
        target = match[1]
        if re.match(r"[a-z]+:", target):
            continue
        if not (path.parent / target).exists():
            dead.append(f"{path.relative_to(root)}: dead link {target}")
    for match in re.finditer(r"`((?:difftrack|tests|tools|docs|apps|experiments|detectors)/[\w./-]+\.\w+)`", text):
        if not (root / match[1]).exists():
            dead.append(f"{path.relative_to(root)}: no such file {match[1]}")
print("\n".join(dead) if dead else f"links: all good in {len(files)} pages")
sys.exit(1 if dead else 0)
