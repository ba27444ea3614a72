#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the reference of the public headers (build/docs/html) and fails on every warning of Doxygen.

    tools/doxygen.py [ROOT] [OUTPUT_FOLDER]

Types and functions must have a comment; a constructor from a Config alone, fields() and a function whose whole body
stands on its line say themselves what they do. Data members need none of their own where struct or fields() has it.
"""
import pathlib
import re
import shutil
import subprocess
import sys


def declaration(lines, number):
    """The declaration that begins in line `number`, up to its end or the first line of its body."""
    text = ""
    for line in lines[number - 1:]:
        text += line.strip() + " "
        if re.search(r"[;{]", line):
            break
    return text.strip()


def says_it_itself(line, text):
    """Whether this declaration, undocumented as Doxygen says in `text`, needs no comment."""
    if "(variable)" in text or "(enumvalue)" in text or "(friend)" in text:
        return True
    if "(function)" not in text:
        return False
    return (re.search(r"\{.*\}$|= (default|delete);$|\boverride;$|&&\) noexcept;$|\bfields\(\)|\bcolumns\(\)", line) is not None
            or re.match(r"explicit \w+\((const )?(\w+::)?\w*Config& config\)", line) is not None)


def main(root=".", output="build/docs"):
    root = pathlib.Path(root).resolve()
    if shutil.which("doxygen") is None:
        print("doxygen is not installed (tools/setup.sh installs it)")
        return 0
    pathlib.Path(output).mkdir(parents=True, exist_ok=True)
    settings = (root / "docs" / "Doxyfile").read_text() + f'\nOUTPUT_DIRECTORY = "{pathlib.Path(output).resolve()}"\n'
    run = subprocess.run(["doxygen", "-"], cwd=root, input=settings, capture_output=True, text=True)
    faults = []
    for warning in dict.fromkeys(run.stderr.splitlines()):
        place = re.match(r"(.*?):(\d+): (?:warning: )?(.*)", warning)
        if place and place[3].endswith("is not documented."):
            lines = pathlib.Path(place[1]).read_text().splitlines()
            if says_it_itself(declaration(lines, int(place[2])), place[3]):
                continue
        faults.append(warning.removeprefix(f"{root}/"))
    if run.returncode or faults:
        print("\n".join(faults) or f"doxygen failed: {run.returncode}")
        return 1
    print(f"doxygen: no warnings; {output}/html/index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
