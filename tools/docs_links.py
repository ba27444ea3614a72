#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails, with file and line, where the documents or a comment point at something that is not there.

    tools/docs_links.py [ROOT]

Checked are relative links of Markdown pages with their #anchors, `path` mentions in them, and in every source, script,
description and page the citations docs/….md, docs/….md#anchor and docs/….md section N (a heading "N. …"). A page of docs/
that a source names without its folder is an error, too: where a page stands must not be guessed.
"""
import functools
import pathlib
import re
import subprocess
import sys

SOURCES = (".hpp", ".cpp", ".py", ".sh", ".toml", ".cmake")
NAMES = ("CMakeLists.txt", "Makefile", "Doxyfile")
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)")
PATH = re.compile(r"`((?:difftrack|tests|tools|docs|apps|experiments|detectors)/[\w./-]+\.\w+)`")
# "section N" may stand on the next line of a comment.
CITATION = re.compile(r"\b((?:docs|tests)/[\w/-]+\.md)(?:#([\w-]+)|[\s/#*]+section (\d+))?")
BARE = re.compile(r"""(?<![\w./"'`-])([\w-]+\.md)\b|\bmethod section \d""")
BARE_METHOD = re.compile(r"(?<!docs/)\bmethod(?:\.md)? section \d", re.I)


def files_of(root):
    listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True)
    paths = [root / name for name in listed.stdout.splitlines()] or sorted(root.rglob("*"))
    read = [p for p in paths if p.suffix in (*SOURCES, ".md") or p.name in NAMES]
    return [p for p in read if p.is_file() and p.name != "docs_links_test.py"]  # which cites what is not there


def without_code(text):
    """The page with its blocks of code blanked, line by line."""
    return re.sub(r"```.*?```", lambda block: "\n" * block[0].count("\n"), text, flags=re.S)


@functools.lru_cache(None)
def headings(path):
    """Anchors of a page, as GitHub makes them, and the numbers of its numbered sections."""
    anchors, numbers, seen = set(), set(), {}
    for title in re.findall(r"^#+ (.*)$", without_code(path.read_text()), flags=re.M):
        title = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).strip()
        slug = re.sub(r"[^\w\s-]", "", title.lower()).replace(" ", "-")
        anchors.add(f"{slug}-{seen[slug]}" if slug in seen else slug)
        seen[slug] = seen.get(slug, 0) + 1
        number = re.match(r"(\d+)\. ", title)
        numbers |= {number[1]} if number else set()
    return anchors, numbers


def faults_of_page(root, path, text):
    for match in LINK.finditer(text):
        name, anchor = match[1], match[2]
        if re.match(r"[a-z]+:", name):
            continue
        target = path.parent / name if name else path
        if not target.exists():
            yield match, f"dead link {name}"
        elif anchor and target.suffix == ".md" and anchor not in headings(target)[0]:
            yield match, f"{target.name} has no heading #{anchor}"
    for match in PATH.finditer(text):
        if not (root / match[1]).exists():
            yield match, f"no such file {match[1]}"


def faults_of_citations(root, text):
    for match in CITATION.finditer(text):
        page, anchor, section = root / match[1], match[2], match[3]
        if not page.exists():
            yield match, f"no such page {match[1]}"
        elif anchor and anchor not in headings(page)[0]:
            yield match, f"{match[1]} has no heading #{anchor}"
        elif section and section not in headings(page)[1]:
            yield match, f"{match[1]} has no section {section}"


def faults_of_bare_names(root, text):
    for match in BARE.finditer(text):
        if match[1] is None or (root / "docs" / match[1]).exists():
            yield match, f"write docs/{match[1] or 'method.md'}, not '{match[0]}'"


def faults_of_bare_sections(text):
    for match in BARE_METHOD.finditer(text):
        yield match, f"link to docs/method.md, or write docs/method.md section N, not '{match[0]}'"


def main(root):
    root = pathlib.Path(root).resolve()
    files, faults = files_of(root), []
    for path in files:
        text = path.read_text()
        if path.suffix == ".md":
            text = without_code(text)
            found = [*faults_of_page(root, path, text), *faults_of_bare_sections(text)]
        else:
            found = list(faults_of_bare_names(root, text))
        for match, fault in [*found, *faults_of_citations(root, text)]:
            faults.append(f"{path.relative_to(root)}:{text.count(chr(10), 0, match.start()) + 1}: {fault}")
    print("\n".join(faults) if faults else f"links: all good in {len(files)} files")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "."))
