# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import os
import pathlib
import shutil
import tempfile
import weakref
from typing import Any, Callable, Iterable, Union

import numpy as np
import numpy.typing as npt

from . import _core
from ._detector import Detector, as_core
from ._options import warn, with_options
from ._steps import Progress, as_rows, is_root, read

Source = Union[str, "os.PathLike[str]", npt.NDArray[np.void], Iterable[Any]]
Scores = Callable[[_core.Frame, _core.HitGraph], npt.ArrayLike]


@with_options(_core.frame_options())
def frames(source: Source, detector: str | Detector = "bergen-dtc", *, threads: int = 0, **options: Any) -> list[_core.Frame]:
    """Readouts of a detector, from steps, hits or pixels.

    Parameters
    ----------
    source : path, structured array, mapping of columns, pandas.DataFrame, or a list of such
        Paths may be files (ROOT ones need uproot), folders and patterns. Arrays are taken for what files of the same columns are, and
        are not copied.
    detector : str or Detector
        What the hits are of.
    threads : int
        0: all cores; without effect on the result.
    **options
        As below; the flags of `difftrack reconstruct`.

    Returns
    -------
    list of Frame
        Each with the columns x y z [mm], edep [MeV], layer, cluster_size, id and, where there is truth, event, particle, pdg, primary, second_event;
        shape (hits,), deepest layer first, views and not copies; None where the source has no such column.

    Raises
    ------
    InputError
        The source cannot be read, or is implausible; file, column, row and value are named.
    """
    found, warnings, notes = _core.frames(_inputs(source), as_core(detector), options, threads)
    warn(warnings + notes)
    return found


def methods() -> list[str]:
    """Names of the ways from a frame to tracks."""
    return list(_core.methods())


class Tracks:
    """A tracks file, with its tables as structured arrays.

    Parameters
    ----------
    path : path
        The .npz that `reconstruct` or the program wrote.

    Attributes
    ----------
    hits : structured array, shape (hits,)
        Every hit of every frame: frame, hit, layer, x y z [mm], edep [MeV], cluster_size, track (-1: none), order on it, perhaps
        confidence and truth.
    tracks : structured array, shape (tracks,)
        frame, track, n_hits, score, perhaps confidence and truth.
    frames : structured array, shape (frames,)
        frame, file, n_events, n_hits, n_segments, n_tracks and more.
    meta : dict
        How it was made.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = pathlib.Path(path)
        if not self.path.is_file():
            raise _core.InputError(f"{path}: there is no such file")
        try:
            with np.load(self.path) as file:
                self.hits: npt.NDArray[np.void] = file["hits"]
                self.tracks: npt.NDArray[np.void] = file["tracks"]
                self.frames: npt.NDArray[np.void] = file["frames"]
                self.meta: dict[str, Any] = json.loads(bytes(file["meta"]))
        except (KeyError, ValueError) as error:
            raise _core.InputError(f"{path}: is no tracks file: {error}") from None

    def save(self, name: str | os.PathLike[str]) -> Tracks:
        """Copies NAME.npz, NAME.csv and, where there is one, NAME.graph.npz; returns the tracks there."""
        name = os.fspath(name)
        stem = name[: -len(".npz")] if name.endswith(".npz") else name
        for ending in (".csv", ".graph.npz", ".npz"):
            source = self.path.with_suffix("").with_name(self.path.stem + ending)
            if source.exists():
                shutil.copyfile(source, stem + ending)
        return Tracks(stem + ".npz")

    def __len__(self) -> int:
        return len(self.tracks)

    def __repr__(self) -> str:
        return f"<difftrack.Tracks: {len(self)} tracks in {len(self.frames)} frames, method {self.meta['method']}>"


@with_options(_core.method_options())
def reconstruct(source: Source, detector: str | Detector = "bergen-dtc", method: str | Scores | None = None, *, output: str = "",
                write_graph: bool = False, threads: int = 0, progress: Progress = None, **options: Any) -> Tracks:
    """Hits to tracks.

    Parameters
    ----------
    source : list of Frame, or what `frames` takes
        Files are streamed: they may be larger than memory. Their options are those of `frames`.
    detector : str or Detector
        What the hits are of.
    method : str or callable, optional
        One of `methods()`; none: joint, or network where a `model` is named. Or a function of (Frame, HitGraph) that gives a score in
        [0, 1] for every segment, shape (segments,), of which an assignment with the options `mode`, `unassigned_cost` and `min_score`
        makes tracks.
    output : str
        NAME of NAME.npz and NAME.csv; none: a temporary file that goes with the result.
    write_graph : bool
        Also every segment, in NAME.graph.npz.
    threads : int
        0: all cores; without effect on the result.
    progress : callable, optional
        Called with (done, total, note).
    **options
        Those of `frames`, unless the source is frames, `model` or `likelihood` (a path or a shipped name; none: the detector's), and
        as below; what a method has no use for is refused.

    Returns
    -------
    Tracks

    Raises
    ------
    InputError
        Bad input, or an option that is unknown, out of range or of no use to the method.
    """
    if method is None:
        method = "network" if "model" in options else "joint"
    if callable(method):
        method = _as_scores(method)
    folder = None
    if not output:
        folder = tempfile.mkdtemp(prefix="difftrack-")
        output = os.path.join(folder, "tracks")
    try:
        warnings, notes = _core.reconstruct(_inputs(source), as_core(detector), method, options, os.fspath(output), write_graph,
                                            threads, progress)
        warn(warnings + notes)
        tracks = Tracks(output if output.endswith(".npz") else output + ".npz")
    except BaseException:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    if folder:
        weakref.finalize(tracks, shutil.rmtree, folder, ignore_errors=True)
    return tracks


def _as_scores(method: Scores) -> Scores:
    """The same function with an array as the bindings take it."""
    def scores(frame: _core.Frame, graph: _core.HitGraph) -> npt.NDArray[np.float32]:
        return np.ascontiguousarray(method(frame, graph), dtype=np.float32).reshape(-1)
    scores.__name__ = getattr(method, "__name__", type(method).__name__)
    return scores


def _inputs(source: Source) -> list[Any]:
    """Frames, paths, and arrays as (bytes, description of a row, number of rows, name)."""
    several = list(source) if isinstance(source, (list, tuple)) else [source]
    inputs: list[Any] = []
    for one in several:
        if isinstance(one, _core.Frame):
            inputs.append(one)
            continue
        name = "array"
        if isinstance(one, (str, os.PathLike)):
            name = os.fspath(one)
            if not is_root(name):
                inputs.append(name)
                continue
            one = read(name)
        rows = as_rows(one)
        descr = repr(np.lib.format.dtype_to_descr(rows.dtype))
        inputs.append((rows.view(np.uint8), descr, len(rows), name))
    return inputs
