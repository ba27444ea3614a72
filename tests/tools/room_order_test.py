#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/room_order.py finds includes that go up: from room to room, from floor to floor inside a room, and to LibTorch."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def complaints(files):
    """What the tool says of a tree with these files, {path below difftrack/: included path}."""
    with tempfile.TemporaryDirectory() as folder:
        for path, included in files.items():
            file = pathlib.Path(folder, "difftrack", path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f'#include "{included}"\n')
        run = subprocess.run([sys.executable, ROOT / "tools/room_order.py", folder], capture_output=True, text=True)
        return run.returncode, run.stdout.replace(str(pathlib.Path(folder).resolve()) + "/difftrack/", "")


class RoomOrder(unittest.TestCase):
    def test_down_is_fine(self):
        for path, included in {"network/kernels/a.cpp": "difftrack/network/weights.hpp",
                               "network/scorer/a.hpp": "difftrack/network/reference/b.hpp",
                               "network/kernels/a.hpp": "difftrack/network/kernels/b.hpp",
                               "learn/train/a.cpp": "difftrack/network/scorer/b.hpp"}.items():
            self.assertEqual(complaints({path: included})[0], 0, path)

    def test_up_between_rooms(self):
        self.assertEqual(complaints({"graph/a.cpp": "difftrack/network/weights.hpp"}),
                         (1, "graph/a.cpp:1: room 'graph' may not include room 'network'\n"))

    def test_up_or_across_inside_a_room(self):
        for path, included, where in (("network/a.hpp", "difftrack/network/kernels/b.hpp", "network/. may not include network/kernels"),
                                      ("network/reference/a.hpp", "difftrack/network/kernels/b.hpp", "network/reference may not include network/kernels"),
                                      ("learn/ops/a.hpp", "difftrack/learn/models/b.hpp", "learn/ops may not include learn/models"),
                                      ("event/a.hpp", "difftrack/event/io/b.hpp", "event/. may not include event/io")):
            self.assertEqual(complaints({path: included}), (1, f"{path}:1: {where}\n"))

    def test_unknown_folders(self):
        self.assertIn("is on no floor of room 'graph'", complaints({"graph/new/a.cpp": "vector"})[1])

    def test_libtorch(self):
        self.assertIn("LibTorch is not allowed", complaints({"network/a.cpp": "torch/torch.h"})[1])


if __name__ == "__main__":
    unittest.main()
