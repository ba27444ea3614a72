#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails on any #include that breaks the order of the rooms, and on LibTorch outside the rooms that may use it.

The order is the one table of docs/architecture.md; a room may include itself and the rooms listed beside it. Inside a
room, the same holds for its folders: a folder is a floor, and includes go to the same floor or down.
"""
import pathlib
import re
import sys

MAY_INCLUDE = {
    "core": "",
    "matter": "core",
    "event": "core",
    "assign": "core",
    "detector": "core matter event",
    "simulate": "core matter event detector",
    "graph": "core matter event detector",
    "track": "core matter event detector graph assign",
    "network": "core event detector graph",
    "reconstruct": "core event detector graph assign track network",
    "learn": "core matter event detector graph assign track network reconstruct",
}
TORCH_ROOMS = {"learn"}
FLOORS = {  # from the ground up; "" is the room's own files
    "event": ["", "io"],
    "detector": ["", "steps", "pixels", "response", "frames", "inspect"],
    "learn": ["", "ops", "models", "train"],
}


def floor_of(parts):
    return parts[1] if len(parts) > 2 else ""


def going_up(path, number, room, floor, other):
    floors = FLOORS.get(room, [""])
    for each in (floor, other):
        if each not in floors:
            yield f"{path}:{number}: folder '{each}' of room '{room}' is not in the order of floors"
            return
    if floors.index(other) > floors.index(floor):
        yield f"{path}:{number}: {room}/{floor or '(its own files)'} may not include {room}/{other}"


def violations(root: pathlib.Path):
    for path in sorted((root / "difftrack").rglob("*.[ch]pp")):
        parts = path.relative_to(root / "difftrack").parts
        room = parts[0]
        if room not in MAY_INCLUDE:
            yield f"{path}: room '{room}' is not in the order"
            continue
        allowed = set(MAY_INCLUDE[room].split()) | {room}
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            if not match:
                continue
            target = match[1]
            if target.startswith(("torch/", "ATen/", "c10/")) and room not in TORCH_ROOMS:
                yield f"{path}:{number}: LibTorch is not allowed in room '{room}'"
            if not target.startswith("difftrack/") or target.endswith(".inc"):  # tables of numbers
                continue
            other = target.split("/")[1]
            if other not in allowed:
                yield f"{path}:{number}: room '{room}' may not include room '{other}'"
            if other == room and room != "network":
                yield from going_up(path, number, room, floor_of(parts), floor_of(target.split("/")[1:]))


if __name__ == "__main__":
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = list(violations(root))
    print("\n".join(found) if found else "room order: every include goes down")
    sys.exit(1 if found else 0)
