#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""README's first session does what it says: its commands run as printed and print what stands below them.

  tests/tools/readme_test.py SOURCE_FOLDER PROGRAM_FOLDER

In the page a line … stands for any lines; trailing blanks do not count. Warnings and progress go elsewhere (stderr).
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile


def session(readme):
    """[(command, expected lines)] of the blocks behind 'A first session' up to the next heading."""
    section = re.search(r"^## A first session\n(.*?)^## ", readme, flags=re.M | re.S)[1]
    commands = []
    for block in re.findall(r"^```\n(.*?)^```", section, flags=re.M | re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            elif commands:
                commands[-1][1].append(line.rstrip())
    for _, lines in commands:
        while lines and not lines[-1]:
            lines.pop()  # what separates it from the next command
    return commands


def matches(expected, printed):
    """Whether the printed lines are the expected ones, where … takes any number of them."""
    if not expected:
        return not printed
    if expected[0] == "…":
        return any(matches(expected[1:], printed[skip:]) for skip in range(len(printed) + 1))
    return bool(printed) and printed[0] == expected[0] and matches(expected[1:], printed[1:])


def main():
    root, programs = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    commands = session((root / "README.md").read_text())
    if not commands:
        sys.exit("README.md: no commands behind 'A first session'")
    environment = dict(os.environ, PATH=f"{programs}:{os.environ['PATH']}")
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for command, expected in commands:
            done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True)
            printed = [line.rstrip() for line in done.stdout.rstrip("\n").splitlines()]
            if done.returncode != 0:
                failures += 1
                print(f"$ {command}\nexit code {done.returncode}: {done.stderr}")
            elif not matches(expected, printed):
                failures += 1
                print(f"$ {command}\nREADME.md has - where the program prints +:")
                print("\n".join(difflib.unified_diff(expected, printed, lineterm="", n=1)))
    print(f"{len(commands)} commands, {failures} not as README.md says")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
