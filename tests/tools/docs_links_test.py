#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/docs_links.py finds what is dead, names file and line, and lets the rest pass.

    docs_links_test.py SOURCE_FOLDER
"""
import pathlib
import subprocess
import sys
import tempfile

PAGE = "# Page\n\n## 1. The `first` part, again\n\n```\n# no heading\n```\n\n## Twice\n\n## Twice\n"
GOOD = {
    "docs/page.md": PAGE + "[a](page.md#1-the-first-part-again) [b](#twice-1) [c](https://example.org/x#y) `docs/page.md`\n",
    "difftrack/a.hpp": "// docs/page.md section 1, docs/page.md#twice; (docs/page.md\n/// section 1), written as \"page.md\"\n",
}
BAD = {  # what a file says → what is to be found in it
    "docs/links.md": ("\n[a](none.md)\n", "docs/links.md:2: dead link none.md"),
    "docs/anchors.md": ("[a](page.md#no-heading)\n", "docs/anchors.md:1: page.md has no heading #no-heading"),
    "docs/paths.md": ("`tools/none.py`\n", "docs/paths.md:1: no such file tools/none.py"),
    "difftrack/a.hpp": ("\n\n// docs/none.md\n", "difftrack/a.hpp:3: no such page docs/none.md"),
    "difftrack/b.cpp": ("// docs/page.md#none\n", "difftrack/b.cpp:1: docs/page.md has no heading #none"),
    "tools/c.py": ("# docs/page.md section 7\n", "tools/c.py:1: docs/page.md has no section 7"),
    "detectors/d.toml": ("a = 1 # docs/page.md\n# section 2\n", "detectors/d.toml:1: docs/page.md has no section 2"),
    "CMakeLists.txt": ("# see page.md\n", "CMakeLists.txt:1: write docs/page.md, not 'page.md'"),
    "docs/method_user.md": ("as in method section 3\n", "docs/method_user.md:1: link to docs/method.md"),
}


def check(program, files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return subprocess.run([sys.executable, program, folder], capture_output=True, text=True)


def main(source):
    program = pathlib.Path(source) / "tools" / "docs_links.py"
    good = check(program, GOOD)
    failed = [f"the good files: {good.stdout}{good.stderr}"] if good.returncode else []
    for name, (text, fault) in BAD.items():
        found = check(program, {"docs/page.md": PAGE, name: text})
        if found.returncode != 1 or not found.stdout.startswith(fault) or found.stdout.count("\n") != 1:
            failed.append(f"{name}: asked for '{fault}', got {found.returncode}: {found.stdout}{found.stderr}")
    print("\n".join(failed) or f"docs_links: {len(BAD)} faults found, none invented")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
