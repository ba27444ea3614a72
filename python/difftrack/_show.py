# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import html as _html
import os
import pathlib
from typing import Optional

from . import _core
from ._detector import Detector, as_core
from ._reconstruct import Tracks


class Display:
    """An event display: Jupyter draws it, `save` makes it a page of its own that needs no network.

    Attributes
    ----------
    html : str
        The page.
    height : int
        Of the picture in a notebook [pixels].
    """

    def __init__(self, html: str, height: int) -> None:
        self.html = html
        self.height = height

    def _repr_html_(self) -> str:
        return (f'<iframe srcdoc="{_html.escape(self.html)}" style="width: 100%; height: {self.height}px; border: 0" '
                'title="event display"></iframe>')

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the page."""
        pathlib.Path(path).write_text(self.html, encoding="utf-8")


def show(tracks: Tracks | str | os.PathLike[str], frame: Optional[int] = None, *, frames: int = 20,
         detector: Optional[str | Detector] = None, phantom: str = "auto", height: int = 700) -> Display:
    """Tracks to look at: turn, zoom, pick, filter.

    Parameters
    ----------
    tracks : Tracks or path
        What to show.
    frame : int, optional
        Number of the only frame; none: the first `frames`.
    frames : int
        Frames in the display at most.
    detector : str or Detector, optional
        Its description, where the name in the file is not enough.
    phantom : str
        Phantom to draw, as `simulate` names it; auto: what the file of steps tells; none.
    height : int
        In a notebook [pixels].

    Returns
    -------
    Display
    """
    path = os.fspath(tracks.path if isinstance(tracks, Tracks) else tracks)
    described = None if detector is None else as_core(detector)
    return Display(_core.event_page(path, frame, frames, described, phantom), height)
