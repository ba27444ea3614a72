#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails on any #include that breaks the order of the rooms or of the floors inside a room, and on LibTorch outside the rooms
that may use it.

The order is the one table of docs/architecture.md; a room may include itself and the rooms listed beside it. Inside a room a
folder may include itself and the floors below it; folders on the same floor do not see each other.
"""
import pathlib
import re
import sys

MAY_INCLUDE = {
    "core": "",
    "matter": "core",
    "plot": "core",
    "event": "core",
    "assign": "core",
    "tune": "core",
    "detector": "core matter event",
    "aerosol": "core event",
    "simulate": "core matter event detector",
    "image": "core matter event detector plot",
    "graph": "core matter event detector",
    "track": "core matter event detector graph assign",
    "network": "core event detector graph",
    "policy": "core matter event detector graph assign track network",
    "reconstruct": "core event detector image graph assign track network policy",
    "study": "core matter event detector graph assign track network policy reconstruct",
    "learn": "core matter event aerosol detector graph assign track network policy reconstruct",
}
TORCH_ROOMS = {"learn"}
# Floors of a room from the ground up, each a line of folders; "." is the room's own files. Rooms that are not listed are flat.
FLOORS = {
    "event": [".", "io"],
    "matter": ["tables", "."],
    "aerosol": [".", "reference boxes", "emulator"],
    "detector": [".", "steps", "pixels", "response", "frames", "inspect"],
    "simulate": ["tables", "."],
    "track": [".", "joint"],
    "network": [".", "kernels reference", "scorer"],
    "learn": [".", "ops emulator", "models", "train", "agent"],
}


def floor_of(room: str, folder: str):
    """Number of the floor that a folder of a room lies on; None where the table does not know it."""
    for number, folders in enumerate(FLOORS.get(room, ["."])):
        if folder in folders.split():
            return number
    return None


def folder_of(parts) -> str:
    """Folder within its room of ROOM/…/FILE."""
    return "/".join(parts[1:-1]) or "."


def violations(root: pathlib.Path):
    for path in sorted((root / "difftrack").rglob("*.[ch]pp")):
        parts = path.relative_to(root / "difftrack").parts
        room = parts[0]
        if room not in MAY_INCLUDE:
            yield f"{path}: room '{room}' is not in the order"
            continue
        if floor_of(room, folder_of(parts)) is None:
            yield f"{path}: folder '{folder_of(parts)}' is on no floor of room '{room}'"
            continue
        allowed = set(MAY_INCLUDE[room].split()) | {room}
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            if not match:
                continue
            target = match[1]
            if target.startswith(("torch/", "ATen/", "c10/")) and room not in TORCH_ROOMS:
                yield f"{path}:{number}: LibTorch is not allowed in room '{room}'"
            if not target.startswith("difftrack/"):
                continue
            other = target.split("/")[1]
            if other not in allowed:
                yield f"{path}:{number}: room '{room}' may not include room '{other}'"
            if room == other:
                here, there = folder_of(parts), folder_of(target.split("/")[1:])
                below = floor_of(room, there)
                if below is None:
                    yield f"{path}:{number}: '{room}/{there}' is on no floor of room '{room}'"
                elif here != there and below >= floor_of(room, here):
                    yield f"{path}:{number}: {room}/{here} may not include {room}/{there}"


if __name__ == "__main__":
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = list(violations(root))
    print("\n".join(found) if found else "room order: every include goes down")
    sys.exit(1 if found else 0)
