# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
from typing import Any, Iterable

import numpy as np
import numpy.typing as npt

from . import _core
from ._options import warn, with_options
from ._reconstruct import Tracks
from ._steps import Progress


class Image:
    """An image of relative stopping power about the axis of rotation.

    Attributes
    ----------
    values : array of float32, shape (z, y, x)
        z along the beam at rotation 0, y vertical: slices, x across.
    spacing : tuple of three floats
        Size of a voxel along z, y, x [mm]; the middle of the image is 0.
    views : int
        Rotations in it.
    cuts : dict
        Protons: all that came in, dropped by each cut, kept.
    left_out : int
        Tracks without hits on the first two planes.
    """

    def __init__(self, values: npt.NDArray[np.float32], spacing: tuple[float, float, float], views: int, cuts: dict[str, int],
                 left_out: int) -> None:
        self.values, self.spacing, self.views, self.cuts, self.left_out = values, spacing, views, cuts, left_out

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a MetaImage (.mha)."""
        _core.write_image(os.fspath(path), self.values, *self.spacing)

    def __repr__(self) -> str:
        return f"<difftrack.Image {self.values.shape} of {self.views} views, {self.cuts['kept']} of {self.cuts['protons']} protons>"


@with_options(_core.image_options())
def image(tracks: Tracks | str | Iterable[Tracks | str], *, threads: int = 0, progress: Progress = None, **options: Any) -> Image:
    """Tracks of a scan to an image.

    Parameters
    ----------
    tracks : Tracks, path, folder, pattern, or a list of such
        View by view. Their frames know beam spot and rotation.
    threads : int
        0: all cores; without effect on the result.
    progress : callable, optional
        Called with (done, total, note).
    **options
        ``method="fbp"`` (filtered back projection) or ``"drop"``, `detector`, `calibration` where the files' names are not enough, and
        as below; the flags of `difftrack image`.

    Returns
    -------
    Image

    Raises
    ------
    InputError
        Files do not belong together, views are missing, or an option is wrong.
    """
    several = [tracks] if isinstance(tracks, (Tracks, str, os.PathLike)) else list(tracks)
    paths = [os.fspath(one.path if isinstance(one, Tracks) else one) for one in several]
    made = _core.image(paths, options, threads, progress)
    if warning := made.pop("warning"):
        warn([warning])
    return Image(**made)
