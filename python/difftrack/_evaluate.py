# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import os
from typing import Any, NamedTuple

from . import _core
from ._reconstruct import Tracks


class Estimate(NamedTuple):
    """A share in [0, 1] with its 95 % interval; NaN where there is nothing to take it from."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{100 * self.value:.1f} [{100 * self.low:.1f}, {100 * self.high:.1f}] %"


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Tracks against truth, of one source; docs/track.md#metrics defines each."""

    source: str
    method: str
    assignment: str
    detector: str
    events_per_frame: float
    frames: int
    tracks: int
    reconstructable: int
    published_purity: Estimate
    published_efficiency: Estimate
    strict_purity: Estimate
    strict_efficiency: Estimate
    complete: Estimate
    segment_tpr: Estimate
    segment_fpr: Estimate
    segment_filter_kept: Estimate

    def __str__(self) -> str:
        return (f"{self.source}, {self.method}: purity {self.published_purity}, efficiency {self.published_efficiency}; "
                f"strict {self.strict_purity}, {self.strict_efficiency}; complete {self.complete}")


def evaluate(tracks: Tracks | str | os.PathLike[str]) -> list[Evaluation]:
    """Purity and efficiency, one row per source.

    Parameters
    ----------
    tracks : Tracks or path
        With truth.

    Returns
    -------
    list of Evaluation
        ``pandas.DataFrame(evaluate(tracks))`` is a table of it.

    Raises
    ------
    InputError
        There is no truth in it, or the file is damaged.
    """
    rows = _core.evaluate(os.fspath(tracks.path if isinstance(tracks, Tracks) else tracks))
    def values(row: dict[str, Any]) -> dict[str, Any]:
        return {key: Estimate(*value) if isinstance(value, tuple) else value for key, value in row.items()}

    return [Evaluation(**values(row)) for row in rows]
