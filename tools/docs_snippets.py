#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails on code in README.md and docs/ that nothing compiles or runs.

A ```cpp, ```cmake or ```python block must equal, indentation aside, a marked piece of a file under examples/ or tests/:
  // [snippet NAME]
  …
  // [end]
(with # for CMake and Python). A marked piece that no page shows fails, too.
"""
import pathlib
import re
import sys
import textwrap

SOURCES = {"cpp": ("*.cpp", "//"), "cmake": ("CMakeLists.txt", "#"), "python": ("*.py", "#")}


def plain(text):
    """Without common indentation and blank ends."""
    return textwrap.dedent(text).strip()


def snippets(root, language):
    """Text of every marked piece → where it stands; and what is wrong with marks."""
    pattern, comment = SOURCES[language]
    found, faults = {}, []
    for path in sorted(p for folder in ("examples", "tests") for p in (root / folder).rglob(pattern)):
        text = path.read_text()
        begins = re.findall(rf"^ *{comment} \[snippet ", text, flags=re.M)
        pieces = re.findall(rf"^ *{comment} \[snippet ([^\]]+)\]\n(.*?)^ *{comment} \[end\]", text, flags=re.M | re.S)
        if len(begins) != len(pieces) or any("[snippet " in piece for _, piece in pieces):
            faults.append(f"{path.relative_to(root)}: a snippet does not end")
        for name, piece in pieces:
            found[plain(piece)] = f"{path.relative_to(root)} [{name}]"
    return found, faults


def check(root):
    faults, shown = [], 0
    pages = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    for language in SOURCES:
        known, faults_of_marks = snippets(root, language)
        faults += faults_of_marks
        used = set()
        for page in pages:
            text = page.read_text()
            for match in re.finditer(rf"^```{language}\n(.*?)^```", text, flags=re.M | re.S):
                block = plain(match[1])
                line = text[: match.start()].count("\n") + 1
                if block in known:
                    used.add(block)
                    shown += 1
                else:
                    faults.append(f"{page.relative_to(root)}:{line}: no file holds this {language} block as a snippet")
        faults += [f"{where}: no page shows this snippet" for block, where in known.items() if block not in used]
    return faults, shown


if __name__ == "__main__":
    faults, shown = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve())
    print("\n".join(faults) if faults else f"snippets: {shown} blocks are code that is compiled or run")
    sys.exit(1 if faults else 0)
