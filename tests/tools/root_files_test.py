#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ROOT files through difftrack, as a user runs it: convert, and inspect and reconstruct in one go.

    root_files_test.py ROOT DIFFTRACK

uproot makes the files. Without it in this Python, build/python has it (tools/setup_python.sh); without both the tests are skipped.
"""
import contextlib
import importlib.util
import io
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

ROOT, DIFFTRACK = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
if importlib.util.find_spec("uproot") is None:
    python = ROOT / "build" / "python" / "bin" / "python3"
    if not python.exists() or pathlib.Path(sys.prefix) == python.parent.parent:
        sys.exit("uproot is not installed; tools/setup_python.sh installs it")
    os.execv(python, [str(python), *sys.argv])

import awkward
import numpy
import uproot

sys.path.insert(0, str(ROOT / "tools"))
sys.dont_write_bytecode = True
import root_to_npz


def gate9(rows):
    """The branches of GATE 9's tree Hits, with protons that cross ten layers of bergen-dtc, one event after the other."""
    numbers = numpy.random.default_rng(rows)
    row = numpy.arange(rows)
    layer = row % 10
    columns = {"PDGEncoding": numpy.full(rows, 2212), "trackID": numpy.ones(rows), "parentID": numpy.zeros(rows),
               "eventID": row // 10, "runID": numpy.zeros(rows), "baseID": numpy.zeros(rows),
               "level1ID": numpy.where(layer < 2, layer, 0), "level2ID": numpy.where(layer < 2, -1, layer - 2)}
    columns = {name: values.astype("i4") for name, values in columns.items()}
    columns["time"] = numbers.uniform(0, 1e9, rows)
    for name in ("edep", "stepLength", "posX", "posY", "sourcePosX"):
        columns[name] = numbers.uniform(0.01, 1, rows).astype("f4")
    planes = [225.2315, 277.6315] + [333.4015 + 5.5 * k for k in range(8)]  # of bergen-dtc
    columns["posZ"] = numpy.array(planes, "f4")[layer]
    columns["volumeID"] = numbers.integers(-1, 50, (rows, 10)).astype("i4")
    columns["processName"] = numpy.frombuffer(b"ProtonInelastic\0" * rows, "i1").reshape(rows, 16)
    return columns


def gate10(rows):
    """The attributes that GATE 10's hits and phase spaces have, in double precision and wide integers."""
    numbers = numpy.random.default_rng(rows)
    columns = {name: numbers.integers(0, 1000, rows).astype("i4") for name in ("EventID", "TrackID", "ParentID", "RunID")}
    columns["PDGCode"] = numpy.full(rows, 2212, "i4")
    for name in ("TotalEnergyDeposit", "GlobalTime", "KineticEnergy", *(f"{which}Position_{axis}"
                 for which in ("Pre", "Post") for axis in "XYZ")):
        columns[name] = numbers.normal(size=rows)
    return columns


def write(path, trees, chunk=10**9, histograms=0):
    with uproot.recreate(path) as file:
        for n in range(histograms):
            file[f"h{n}"] = numpy.histogram([1.0, 2.0, 3.0])
        for name, columns in trees.items():
            file.mktree(name, {key: numpy.dtype((values.dtype, values.shape[1:])) for key, values in columns.items()})
            rows = len(next(iter(columns.values())))
            for start in range(0, rows, chunk):
                file[name].extend({key: values[start:start + chunk] for key, values in columns.items()})
    return path


class RootFiles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="difftrack_root_files_")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "tmp").mkdir()

    def run_difftrack(self, *arguments, python=sys.executable, **variables):
        environment = dict(os.environ, DIFFTRACK_PYTHON=str(python), TMPDIR=str(self.folder / "tmp"),
                           DIFFTRACK_DATA=str(ROOT), **variables)
        return subprocess.run([str(DIFFTRACK), *arguments], cwd=self.folder, env=environment, capture_output=True, text=True,
                              check=False)

    def expect_done(self, *arguments):
        result = self.run_difftrack(*arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(list((self.folder / "tmp").iterdir()), [])
        return result

    def expect_refused(self, *arguments, sentence, **variables):
        before = sorted(self.folder.rglob("*"))
        result = self.run_difftrack(*arguments, **variables)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(sentence, result.stderr)
        self.assertEqual(sorted(self.folder.rglob("*")), before)

    def expect_table(self, path, columns):
        table = numpy.load(path)["arr_0"]
        self.assertEqual(table.dtype.names, tuple(columns))
        for name, values in columns.items():
            self.assertEqual(table.dtype[name], numpy.dtype((values.dtype, values.shape[1:])))
            numpy.testing.assert_array_equal(table[name], values)

    def numbers_of(self, columns):
        return {name: values for name, values in columns.items() if name != "processName"}


class Convert(RootFiles):
    def test_gate9_value_for_value(self):
        hits = gate9(1000)
        write(self.folder / "gate.root", {"Hits": hits}, chunk=300)
        result = self.expect_done("convert", "gate.root", "-o", "steps.npz")
        self.assertIn("steps.npz: 1000 rows of the tree 'Hits'", result.stdout)
        self.assertIn("gate.root: columns left out (text, of varying length, or two of one name): processName", result.stderr)
        self.expect_table(self.folder / "steps.npz", self.numbers_of(hits))

    def test_gate10_value_for_value(self):
        hits = gate10(500)
        write(self.folder / "gate.root", {"PhaseSpace": hits}, histograms=2)
        result = self.expect_done("convert", "-q", "gate.root", "-o", "steps.npz")
        self.assertEqual(result.stdout + result.stderr, "")
        self.expect_table(self.folder / "steps.npz", hits)

    def test_pieces_smaller_than_baskets_and_the_other_way_round(self):
        hits = gate9(2000)
        path = write(self.folder / "gate.root", {"Hits": hits}, chunk=700)
        self.addCleanup(setattr, root_to_npz, "PIECE", root_to_npz.PIECE)
        for root_to_npz.PIECE in (10_000, 50_000, 120_000):  # bytes; a row has 108
            with uproot.open(path) as file, contextlib.redirect_stdout(io.StringIO()):
                columns, left_out = root_to_npz.columns_of(file["Hits"])
                root_to_npz.write_rows(file["Hits"], columns, self.folder / "steps.npz")
            self.assertEqual(left_out, ["processName"])
            self.expect_table(self.folder / "steps.npz", self.numbers_of(hits))

    def test_cplusplus_reads_the_same_numbers(self):
        hits = gate9(1000)
        write(self.folder / "gate.root", {"Hits": hits})
        self.expect_done("convert", "gate.root", "-o", "steps.npz")
        self.expect_done("inspect", "steps.npz", "--json", "steps.json")
        summary = json.loads((self.folder / "steps.json").read_text())
        self.assertEqual(summary["rows"], 1000)
        columns = {column["name"]: column for column in summary["columns"]}
        expected = {name: values for name, values in self.numbers_of(hits).items() if values.ndim == 1}
        expected |= {f"volumeID[{k}]": hits["volumeID"][:, k] for k in range(10)}
        self.assertEqual(set(columns), set(expected))
        for name, values in expected.items():
            self.assertEqual((columns[name]["min"], columns[name]["max"]), (values.min(), values.max()), name)

    def test_an_empty_tree_gives_an_empty_table(self):
        write(self.folder / "gate.root", {"Hits": gate9(0)})
        self.expect_done("convert", "gate.root", "-o", "steps.npz")
        self.expect_table(self.folder / "steps.npz", self.numbers_of(gate9(0)))

    def test_text_and_columns_of_varying_length_are_left_out(self):
        with uproot.recreate(self.folder / "gate.root") as file:
            file.mktree("Hits", {"edep": "float32", "flags": "bool", "hits": "var * float32", "name": "string"})
            file["Hits"].extend({"edep": numpy.array([1, 2], "f4"), "flags": numpy.array([True, False]),
                                 "hits": awkward.Array([[1.0], [2.0, 3.0]]), "name": awkward.Array(["a", "bc"])})
        result = self.expect_done("convert", "gate.root", "--tree", "Hits", "-o", "steps.npz")
        self.assertIn("or two of one name): hits, name\n", result.stderr)
        table = numpy.load(self.folder / "steps.npz")["arr_0"]
        self.assertEqual(table[["edep", "flags", "nhits"]].tolist(), [(1.0, True, 1), (2.0, False, 2)])

    def test_a_name_with_a_colon_is_a_name(self):
        write(self.folder / "run:1.root", {"Hits": gate9(10)})
        self.expect_done("convert", "run:1.root", "-o", "steps.npz")


class TreeChoice(RootFiles):
    def test_the_only_tree_of_deposits(self):
        singles = {"energy": numpy.ones(3, "f4"), "globalPosX": numpy.ones(3, "f4")}
        write(self.folder / "gate.root", {"Singles": singles, "dir/hits": gate10(20)}, histograms=1)
        result = self.expect_done("convert", "gate.root", "-o", "steps.npz")
        self.assertIn("20 rows of the tree 'dir/hits'", result.stdout)
        result = self.expect_done("convert", "gate.root", "--tree", "Singles", "-o", "steps.npz")
        self.assertIn("3 rows of the tree 'Singles'", result.stdout)

    def test_the_highest_cycle(self):
        with uproot.recreate(self.folder / "gate.root") as file:
            for rows in (10, 20):
                file.mktree("Hits", {"edep": "float64", "x": "float64", "y": "float64", "z": "float64"})
                file["Hits"].extend({name: numpy.arange(rows, dtype="f8") for name in ("edep", "x", "y", "z")})
            self.assertEqual(sorted(file.keys()), ["Hits;1", "Hits;2"])
        self.assertIn("20 rows", self.expect_done("convert", "gate.root", "-o", "steps.npz").stdout)
        self.assertIn("20 rows", self.expect_done("convert", "gate.root", "--tree", "Hits", "-o", "steps.npz").stdout)
        self.assertIn("10 rows", self.expect_done("convert", "gate.root", "--tree", "Hits;1", "-o", "steps.npz").stdout)
        self.expect_refused("convert", "gate.root", "--tree", "Hits;7", "-o", "none.npz", sentence="no such cycle")

    def test_several_none_and_histograms(self):
        write(self.folder / "two.root", {"Hits": gate9(30), "absorber": gate10(1)})
        self.expect_refused("convert", "two.root", "-o", "steps.npz", sentence="two.root: has several trees of energy "
                            "deposits; choose with --tree: Hits (30 rows), absorber (1 row)")
        write(self.folder / "other.root", {"run": {"seed": numpy.ones(2, "i8")}})
        self.expect_refused("convert", "other.root", "-o", "steps.npz", sentence="--tree takes another: run (2 rows)")
        self.expect_refused("convert", "two.root", "--tree", "hits", "-o", "steps.npz", sentence="has no tree 'hits'; its "
                            "trees are Hits (30 rows), absorber (1 row)")
        write(self.folder / "plots.root", {}, histograms=3)
        for more in ((), ("--tree", "Hits")):
            self.expect_refused("convert", "plots.root", "-o", "steps.npz", *more, sentence="holds 3 histograms and no tree")


class Unusable(RootFiles):
    def test_unfinished_and_cut_files(self):
        whole = bytearray(write(self.folder / "whole.root", {"Hits": gate9(100)}).read_bytes())
        unfinished = bytes(whole[:12]) + struct.pack(">4i", 238, 0, 0, 1) + bytes(whole[28:33]) + bytes(12) + bytes(whole[45:])
        for name, content, sentence in (("cut", whole[:-1000], "is cut off: its header says"),
                                        ("unfinished", unfinished, "was never closed"),
                                        ("start", whole[:20], "is cut off within its header")):
            (self.folder / f"{name}.root").write_bytes(content)
            for command in (("convert", "-o", "steps.npz"), ("inspect",), ("reconstruct", "-o", "tracks")):
                self.expect_refused(command[0], f"{name}.root", *command[1:], sentence=f"{name}.root: {sentence}")

    def test_damage_that_uproot_finds(self):
        whole = bytearray(write(self.folder / "whole.root", {"Hits": gate9(5000)}).read_bytes())
        middle = len(whole) // 2
        whole[middle - 5000:middle + 5000] = bytes(10000)
        (self.folder / "damaged.root").write_bytes(whole)
        self.expect_refused("convert", "damaged.root", "-q", "-o", "steps.npz", sentence="damaged.root: cannot be read by uproot")

    def test_without_uproot_or_python(self):
        write(self.folder / "gate.root", {"Hits": gate9(10)})
        bare = self.folder / "python"
        bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -E "$@"\n')  # -S: no installed packages
        bare.chmod(0o755)
        for command in (("convert", "-o", "steps.npz"), ("inspect",), ("reconstruct", "-o", "tracks")):
            for python, sentence in ((bare, "has no uproot, which reads ROOT files"), (self.folder / "none", "cannot be started")):
                self.expect_refused(command[0], "gate.root", *command[1:], python=python, sentence=sentence)
        (self.folder / "python3").symlink_to(bare)
        installed = self.folder / "share" / "tools"  # without a build/python beside it
        installed.mkdir(parents=True)
        (installed / "root_to_npz.py").symlink_to(ROOT / "tools" / "root_to_npz.py")
        environment = dict(os.environ, PATH=f"{self.folder}:{os.environ['PATH']}", HOME=str(self.folder),
                           DIFFTRACK_DATA=str(self.folder / "share"))
        environment.pop("DIFFTRACK_PYTHON", None)
        convert = [str(DIFFTRACK), "convert", "-q", "gate.root", "-o", "steps.npz"]
        result = subprocess.run(convert, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("python3 -m venv ~/.difftrack-python && ~/.difftrack-python/bin/pip install uproot", result.stderr)
        (self.folder / ".difftrack-python" / "bin").mkdir(parents=True)
        (self.folder / ".difftrack-python" / "bin" / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (self.folder / ".difftrack-python" / "bin" / "python3").chmod(0o755)
        result = subprocess.run(convert, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_what_convert_refuses(self):
        write(self.folder / "gate.root", {"Hits": gate9(10)})
        (self.folder / "text.csv").write_text("root,x\n1,2\n")
        self.expect_refused("convert", "text.csv", "-o", "steps.npz", sentence="text.csv: is no ROOT file")
        self.expect_refused("convert", "none.root", "-o", "steps.npz", sentence="none.root: no such file")
        self.expect_refused("convert", "gate.root", "text.csv", "-o", "steps.npz", sentence="text.csv: is one file too many")
        self.expect_refused("convert", "gate.root", "-o", "gate.root", sentence="is an input, too")
        self.expect_refused("convert", "gate.root", "-o", "no/such/steps.npz", sentence="no/such/steps.npz: cannot be written")
        self.expect_refused("inspect", "text.csv", "--tree", "Hits", sentence="--tree = 'Hits': is of no use")
        self.expect_refused("reconstruct", "text.csv", "--tree", "Hits", "-o", "t", sentence="--tree = 'Hits': is of no use")


class InOneGo(RootFiles):
    def test_inspect_tells_the_same_as_of_the_converted_file(self):
        write(self.folder / "gate.root", {"Hits": gate9(1000)})
        self.expect_done("convert", "gate.root", "-o", "steps.npz")
        direct = self.expect_done("inspect", "gate.root", "--json", "direct.json")
        self.assertIn("gate.root: its tree 'Hits' is read through a temporary .npz", direct.stderr)
        converted = self.expect_done("inspect", "steps.npz", "--json", "converted.json")
        self.assertEqual(direct.stdout, converted.stdout.replace("steps.npz", "gate.root"))
        of = {name: (self.folder / f"{name}.json").read_text() for name in ("direct", "converted")}
        self.assertEqual(of["direct"], of["converted"].replace("steps.npz", "gate.root"))

    def test_reconstruct_gives_the_same_tracks_and_names_the_root_file(self):
        for k in (1, 2):
            write(self.folder / f"gate{k}.root", {"Hits": gate9(1000 * k), "other": gate9(10)})
            self.expect_done("convert", f"gate{k}.root", "--tree", "Hits", "-o", f"steps{k}.npz")
        options = ("--method", "straightness", "--per-frame", "10")
        result = self.expect_done("reconstruct", "gate1.root", "steps2.npz", "gate2.root", "--tree", "Hits", *options, "-o", "direct")
        self.assertEqual(result.stderr.count("is read through a temporary .npz"), 2)
        shutil.copy(self.folder / "steps2.npz", self.folder / "again.npz")  # the same file named twice is refused
        self.expect_done("reconstruct", "steps1.npz", "steps2.npz", "again.npz", *options, "-o", "converted")
        self.assertGreater((self.folder / "direct.csv").read_text().count("\n"), 1000)
        self.assertEqual((self.folder / "direct.csv").read_text(), (self.folder / "converted.csv").read_text())
        meta = json.loads(numpy.load(self.folder / "direct.npz")["meta"].tobytes())
        self.assertEqual(meta["sources"], ["gate1.root", "steps2.npz", "gate2.root"])
        quiet = self.expect_done("reconstruct", "-q", "gate1.root", "--tree", "Hits", *options, "-o", "quiet")
        self.assertEqual(quiet.stdout + quiet.stderr, "")

    def test_what_is_wrong_with_the_rows_names_the_root_file(self):
        hits = gate9(100)
        hits["posX"][17] = numpy.nan
        write(self.folder / "gate.root", {"Hits": hits})
        result = self.run_difftrack("reconstruct", "-q", "gate.root", "--method", "straightness", "-o", "tracks")
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertRegex(result.stderr, r"\Adifftrack: error: gate\.root: .*posX.*nan.*\n\Z")
        result = self.expect_done("inspect", "gate.root")
        self.assertIn("gate.root: ", result.stdout)
        self.assertNotIn("/proc/self/fd", result.stdout + result.stderr)

    def test_nothing_is_left_after_an_interruption(self):
        write(self.folder / "gate.root", {"Hits": gate9(1000)})
        slow = self.folder / "slow"
        slow.write_text("#!/bin/sh\ntouch started\nexec sleep 60\n")
        slow.chmod(0o755)
        environment = dict(os.environ, DIFFTRACK_PYTHON=str(slow), TMPDIR=str(self.folder / "tmp"), DIFFTRACK_DATA=str(ROOT))
        for command in (("convert", "gate.root", "-o", "out.npz"), ("inspect", "gate.root"), ("reconstruct", "gate.root", "-o", "out")):
            for number in (signal.SIGINT, signal.SIGTERM):
                (self.folder / "started").unlink(missing_ok=True)
                process = subprocess.Popen([str(DIFFTRACK), *command], cwd=self.folder, env=environment)
                while process.poll() is None and not (self.folder / "started").exists():
                    time.sleep(0.01)
                process.send_signal(number)
                self.assertEqual(process.wait(timeout=20), -number)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["gate.root", "slow", "started", "tmp"])
        self.assertEqual(list((self.folder / "tmp").iterdir()), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
