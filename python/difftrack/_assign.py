# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any, NamedTuple, Optional, Union

import numpy as np
import numpy.typing as npt

from . import _core


class Segments:
    """Which pairs may be assigned: a list of problems, one after the other, each between rows and columns of its own.

    A `HitGraph` is one, too: there the problems are its layer pairs.

    Attributes
    ----------
    deep, shallow : arrays of int32, shape (segments,)
        Row and column of each pair, as numbers of nodes; ascending by problem, row, column.
    pair_begin : array of int32, shape (problems + 1,)
        Where the pairs of each problem begin.
    n_hits : int
        Nodes in all.
    """

    def __init__(self, deep: npt.ArrayLike, shallow: npt.ArrayLike, pair_begin: npt.ArrayLike, n_hits: int) -> None:
        self.deep, self.shallow, self.pair_begin = (np.ascontiguousarray(a, dtype=np.int32) for a in (deep, shallow, pair_begin))
        self.n_hits = int(n_hits)

    @classmethod
    def bipartite(cls, row: npt.ArrayLike, column: npt.ArrayLike, n_rows: int) -> Segments:
        """One problem. `row` and `column`, shape (pairs,), ascend by row, then by column; columns become the nodes from `n_rows` on."""
        rows, columns = np.asarray(row, dtype=np.int32), np.asarray(column, dtype=np.int32)
        n_columns = int(columns.max()) + 1 if len(columns) else 0
        return cls(rows, columns + n_rows, [0, len(rows)] if len(rows) else [], n_rows + n_columns)

    def __len__(self) -> int:
        return len(self.deep)


Structure = Union[Segments, _core.HitGraph]


class Certificate(NamedTuple):
    """A proof that nothing is cheaper."""

    valid: bool
    worst: float  #: largest violation, in units of cost
    fault: str  #: the first thing wrong; empty when valid


class Assignment:
    """What was chosen, with its proof.

    Attributes
    ----------
    assigned : array of uint8, shape (pairs,)
        1: chosen. A view, not a copy.
    row, column : arrays of int32, shape (chosen,)
        Rows that were matched, ascending, and their columns; of a HitGraph the hits at both ends.
    cost : float
        Sum of the chosen costs and, in mode free, of leaving the others unassigned.
    row_dual, column_dual : arrays of float64
        Dual variables of rows and columns, NaN where there is none.
    """

    def __init__(self, core: _core.Assignment, segments: Structure, n_rows: Optional[int]) -> None:
        self._core = core
        self.assigned: npt.NDArray[np.uint8] = core.assigned
        chosen = self.assigned.astype(bool)
        self.row: npt.NDArray[np.int32] = segments.deep[chosen]
        self.column: npt.NDArray[np.int32] = segments.shallow[chosen] - np.int32(n_rows or 0)
        self.cost: float = core.cost
        self.row_dual: npt.NDArray[np.float64] = core.duals(segments.n_hits, True)
        self.column_dual: npt.NDArray[np.float64] = core.duals(segments.n_hits, False)
        if n_rows is not None:
            self.row_dual, self.column_dual = self.row_dual[:n_rows], self.column_dual[n_rows:]

    def certificate(self, tolerance: float = 1e-10) -> Certificate:
        """Checks, from problem and solution alone, that no assignment is better: complementary slackness, dual feasibility and, in mode
        forced, König's cover that proves that no more rows can be matched. Numbers may be off by `tolerance` times the largest cost."""
        return Certificate(*self._core.certificate(tolerance))

    def __len__(self) -> int:
        return len(self.row)

    def __repr__(self) -> str:
        return f"<difftrack.Assignment: {len(self)} of {len(self.assigned)} pairs, cost {self.cost:g}>"


def assign(costs: npt.ArrayLike, segments: Optional[Structure] = None, *, mode: str = "forced", threads: int = 0,
           **options: Any) -> Assignment:
    """The cheapest assignment of rows to columns, each used once at most.

    Parameters
    ----------
    costs : array of float
        Shape (rows, columns) of one problem, infinite where a pair is forbidden; or (segments,), one cost per pair of `segments`.
        Of any sign and scale.
    segments : HitGraph or Segments, optional
        The pairs that there are, and which of them make a problem.
    mode : {"forced", "free"}
        forced: as many pairs as there can be, of these the cheapest. free: a row or column may be left out, for `unassigned_cost`.
    threads : int
        0: all cores; without effect on the result.
    unassigned_cost : float, default 0.45
        Of mode free, per row and per column.

    Returns
    -------
    Assignment
        Sparse shortest augmenting paths; `Assignment.certificate` proves it.

    Raises
    ------
    InputError
        A cost is NaN, shapes do not fit, or pairs are out of order.
    """
    costs = np.asarray(costs, dtype=np.float64)
    n_rows = None
    if segments is None:
        if costs.ndim != 2:
            raise _core.InputError(f"costs: must have two dimensions, rows and columns, not {costs.ndim}; or give segments")
        if np.isnan(costs).any():
            raise _core.InputError("costs: NaN is no cost")
        n_rows = costs.shape[0]
        row, column = np.nonzero(np.isfinite(costs))
        segments = Segments.bipartite(row, column, n_rows)
        segments.n_hits = sum(costs.shape)
        shape, costs = costs.shape, costs[row, column]
    core = solve(np.ascontiguousarray(costs), segments, dict(options, mode=mode, threads=threads))
    result = Assignment(core, segments, n_rows)
    if n_rows is not None and mode == "free":  # rows and columns without a pair are left out, too
        left_out = sum(shape) - 2 * len(result)
        result.cost = float(costs[result.assigned.astype(bool)].sum() + left_out * options.get("unassigned_cost", 0.45))
    return result


def solve(costs: npt.NDArray[np.float64], segments: Structure, options: dict[str, Any]) -> _core.Assignment:
    """The library's own, of one cost per pair."""
    if costs.shape != (len(segments),):
        raise _core.InputError(f"costs: shape {costs.shape} does not fit {len(segments)} segments")
    return _core.assign_costs(segments.deep, segments.shallow, segments.pair_begin, segments.n_hits, costs, options)
