#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes one tree of a ROOT file as a table in an .npz; `difftrack convert` runs it and reads what it says, and so does the Python
package, which calls run().

    tools/root_to_npz.py gate.root steps.npz --tree Hits

Standard output has one line per message: "tree: NAME", "rows: DONE TOTAL", "note: ...", "error: ...". Exit codes: 0 done,
2 bad input (after an error line), 3 this Python has no uproot. The caller removes the target after an error.

The table is the structured array arr_0 with every column of numbers under its name; arrays of fixed size are sub-arrays.
Memory holds a few pieces of 16 MiB whatever the file's size: the tree tells its number of rows beforehand.
"""
import argparse
import collections
import signal
import sys
import zipfile

try:
    import numpy
    import uproot
    from uproot.interpretation.numerical import Numerical
except ImportError:
    sys.exit(3)

TREES = ("TTree", "TNtuple", "TNtupleD")
ENERGY = ("edep", "TotalEnergyDeposit")
POSITIONS = (("posX", "posY", "posZ"), ("PrePosition_X", "PrePosition_Y", "PrePosition_Z"),
             ("PostPosition_X", "PostPosition_Y", "PostPosition_Z"), ("x", "y", "z"))
PIECE = 16 << 20  # bytes of rows in memory


class InputError(Exception):
    """What is wrong with the file, to complete the sentence "FILE: ..."."""


def say(kind, text):
    print(f"{kind}: {text}", flush=True)


def first_line(error):
    return f"{type(error).__name__}: {error}".strip().splitlines()[0].rstrip(" :.")


def is_number(dtype):
    """Whether every value of a column is a number, also within arrays and leaf lists; arrays of bytes are text."""
    base = dtype.base
    if base.names:
        return all(is_number(base[name]) for name in base.names)
    return base.kind in "biuf" and not (dtype.shape and base.kind in "iu" and base.itemsize == 1)


def columns_of(tree):
    """Branch and type of every column of numbers, by name; the names of all others. uproot reads by name alone, so a name
    that two branches bear is none."""
    leaves = [branch for branch in tree.itervalues(recursive=True) if not branch.branches]
    times = collections.Counter(branch.name for branch in leaves)
    kept, left_out = {}, []
    for branch in leaves:
        numeric = isinstance(branch.interpretation, Numerical) and times[branch.name] == 1
        dtype = numpy.dtype(branch.interpretation.to_dtype) if numeric else None
        if numeric and is_number(dtype):
            kept[branch.name] = (branch.cache_key, dtype.newbyteorder("="))
        else:
            left_out.append(branch.name)
    return kept, left_out


def holds_deposits(tree):
    names = {branch.name for branch in tree.itervalues(recursive=True)}
    return any(name in names for name in ENERGY) and any(names.issuperset(three) for three in POSITIONS)


def plural(count, noun):
    return f"{count} {noun}" + ("" if count == 1 else "s")


def listing(trees):
    return ", ".join(f"{name} ({plural(tree.num_entries, 'row')})" for name, tree in trees.items())


def contents(classes):
    """All objects but folders, counted by kind: "3 histograms and no tree"."""
    def kind(name):
        return "histogram" if name.startswith(("TH1", "TH2", "TH3", "TProfile")) else name
    counts = collections.Counter(kind(name) for name in classes.values() if not name.startswith("TDirectory"))
    return ", ".join(plural(count, noun) for noun, count in counts.items()) or "nothing"


def choose_tree(file, wanted):
    """The tree to convert, with its name. Of several cycles of a name, uproot gives the highest, which is the last."""
    classes = file.classnames(cycle=False)
    names = [name for name, kind in classes.items() if kind in TREES]
    if wanted:
        if wanted.split(";")[0] not in names:
            raise InputError(f"has no tree '{wanted}'; " + (f"its trees are {listing({n: file[n] for n in names})}"
                                                             if names else f"it holds {contents(classes)} and no tree"))
        try:
            return wanted, file[wanted]
        except (KeyError, ValueError):
            raise InputError(f"has no such cycle of its tree: '{wanted}'") from None
    if not names:
        raise InputError(f"holds {contents(classes)} and no tree")
    trees = {name: file[name] for name in names}
    usable = {name: tree for name, tree in trees.items() if holds_deposits(tree)}
    if len(usable) == 1:
        return next(iter(usable.items()))
    if usable:
        raise InputError(f"has several trees of energy deposits; choose with --tree: {listing(usable)}")
    raise InputError("has no tree with an energy deposit (edep, TotalEnergyDeposit) and positions (posX, PostPosition_X); "
                     f"--tree takes another: {listing(trees)}")


def write_rows(tree, columns, target):
    """Streams the tree into the one array of an .npz."""
    dtype = numpy.dtype([(name, kind) for name, (_, kind) in columns.items()])
    wanted = {key for key, _ in columns.values()}
    done, total = 0, tree.num_entries
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("arr_0.npy", "w", force_zip64=True) as out:
            header = {"descr": numpy.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (total,)}
            numpy.lib.format.write_array_header_2_0(out, header)
            for piece in tree.iterate(filter_branch=lambda branch: branch.cache_key in wanted, library="np",
                                      step_size=max(1, PIECE // dtype.itemsize)):
                rows = numpy.empty(len(next(iter(piece.values()))), dtype)
                for name in columns:
                    rows[name] = piece[name]
                out.write(rows.tobytes())
                done += len(rows)
                say("rows", f"{done} {total}")
    if done != total:
        raise InputError(f"is damaged: its tree says {total} rows, {done} could be read")


def convert(source, target, wanted):
    with uproot.open({source: None}, array_cache=None, object_cache=None) as file:
        name, tree = choose_tree(file, wanted)
        say("tree", name)
        columns, left_out = columns_of(tree)
        if not columns:
            raise InputError(f"has no column of numbers in its tree '{name}'")
        if left_out:
            say("note", f"columns left out (text, of varying length, or two of one name): {', '.join(left_out)}")
        write_rows(tree, columns, target)


def run(source, target, wanted):
    """convert(), with what goes wrong said; the exit code."""
    try:
        convert(source, target, wanted)
    except InputError as error:
        say("error", error)
        return 2
    except OSError as error:
        say("error", f"cannot be converted: {error.strerror or first_line(error)}")
        return 2
    except Exception as error:  # uproot has no common class for what it finds wrong in a file
        say("error", f"cannot be read by uproot {uproot.__version__} (is it damaged?): {first_line(error)}")
        return 2
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--tree", default="")
    options = parser.parse_args()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends without a traceback
    return run(options.source, options.target, options.tree)


if __name__ == "__main__":
    sys.exit(main())
