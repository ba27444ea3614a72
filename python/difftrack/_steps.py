# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import ast
import contextlib
import functools
import importlib.util
import io
import os
import pathlib
import tempfile
import types
from typing import Any, Callable, Optional

import numpy as np
import numpy.typing as npt

from . import _core
from ._detector import Detector, as_core
from ._options import warn, with_options

Progress = Optional[Callable[[int, int, str], None]]


@with_options(_core.simulate_options())
def simulate(detector: str | Detector = "bergen-dtc", *, progress: Progress = None, **options: Any) -> npt.NDArray[np.void]:
    """Protons through a phantom and a detector.

    Parameters
    ----------
    detector : str or Detector
        Where they go.
    progress : callable, optional
        Called with (done, total, note).
    **options
        As below; the flags of `difftrack simulate`. Numbers are in the unit in brackets, or texts with a unit ("30deg").

    Returns
    -------
    structured array, shape (steps,)
        One row per energy deposit, as in the file that `difftrack simulate` writes: eventID, trackID, parentID, PDGEncoding, posX posY
        posZ [mm], edep [MeV], level1ID and level2ID (the layer), creatorProcess; with a scan spotX spotY [mm], with a rotation that
        [rad]. The same seed gives the same bytes for any number of threads.

    Raises
    ------
    InputError
        An option is unknown or out of range.
    """
    rows, descr = _core.simulate(as_core(detector), options, progress)
    return rows.view(np.dtype(ast.literal_eval(descr)))


def read(path: str | os.PathLike[str], *, tree: str = "", columns: str = "") -> npt.NDArray[np.void]:
    """A file of steps, hits or pixels as it is, under its own names.

    Parameters
    ----------
    path : path
        .npz, .npy or text, also gzipped, told by content; or ROOT, which needs uproot: ``pip install 'difftrack[root]'``.
    tree : str
        Tree of a ROOT file; none: the only one with energy deposits.
    columns : str
        Names of the columns of a text without a line of names, separated by commas.

    Returns
    -------
    structured array, shape (rows,)
        Every column of numbers, in the type and unit of the file. `frames` knows names and units.

    Raises
    ------
    InputError
        The file cannot be read; file, column and row are named.
    """
    path = os.fspath(path)
    if is_root(path):
        return _read_root(path, tree)
    if tree:
        raise _core.InputError(f"tree = '{tree}': is of no use: {path} is no ROOT file")
    return _rows_of(_core.read_table(path, [name.strip() for name in columns.split(",")] if columns else []))


def is_root(path: str) -> bool:
    """Whether a file begins as ROOT files do."""
    try:
        with open(path, "rb") as file:
            return file.read(4) == b"root"
    except OSError:
        return False  # whoever reads it says why


def _rows_of(columns: list[tuple[str, npt.NDArray[Any], str]]) -> npt.NDArray[np.void]:
    """Columns side by side, each in the type that the file has."""
    types = [(name, np.dtype(kind) if kind else values.dtype) for name, values, kind in columns]
    rows = np.empty(len(columns[0][1]) if columns else 0, types)
    for name, values, _ in columns:
        rows[name] = values
    return rows


def _read_root(path: str, tree: str) -> npt.NDArray[np.void]:
    """Through the script that the program uses, which streams the tree into an .npz."""
    if importlib.util.find_spec("uproot") is None:
        raise _core.InputError(f"{path}: is a ROOT file, which is read with uproot: pip install 'difftrack[root]'")
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as output:
        target = str(pathlib.Path(folder) / "tree.npz")
        exit_code = _converter().run(os.path.abspath(path), target, tree)
        said = [line.split(": ", 1) for line in output.getvalue().splitlines()]
        if exit_code != 0:
            raise _core.InputError(f"{path}: " + "; ".join(text for kind, text in said if kind == "error"))
        warn(f"{path}: {text}" for kind, text in said if kind == "note")
        with np.load(target) as file:
            return file["arr_0"]


@functools.cache
def _converter() -> types.ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("difftrack._root_to_npz", _core.find_shipped("tools", "root_to_npz", ".py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def as_rows(columns: Any) -> npt.NDArray[np.void]:
    """A structured array as it is; a mapping of columns or a pandas table becomes one."""
    if isinstance(columns, np.ndarray):
        if columns.dtype.names is None or columns.ndim != 1:
            raise _core.InputError("array: must be a structured array of one dimension, with a name for each column")
        return np.ascontiguousarray(columns)
    if hasattr(columns, "to_records"):
        return np.asarray(columns.to_records(index=False))
    named = {name: np.asarray(values) for name, values in columns.items()}
    if len({values.shape for values in named.values()}) > 1:
        raise _core.InputError("array: all columns must have the same length")
    return _rows_of([(name, values, "") for name, values in named.items()])
