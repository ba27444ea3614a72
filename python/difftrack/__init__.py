# SPDX-License-Identifier: Apache-2.0
"""Charged-particle tracking: from hits of a pixel detector to tracks, metrics, pages and images.

Data are NumPy arrays: structured arrays of steps, hits and tracks, and columns that look into the library's memory. Lengths
are in mm, energies in MeV, angles in rad, times in ns. Bad input raises `InputError`, a `ValueError`, with the sentence that the
program says. Long calls release Python's lock.
"""
import pathlib as _pathlib

from . import _core

_core.look_for_shipped_files_in(str(_pathlib.Path(__file__).parent / "data"))

from . import tune  # noqa: E402
from ._assign import Assignment, Certificate, Segments, assign  # noqa: E402
from ._core import Frame, HitGraph, InputError  # noqa: E402
from ._detector import Detector, hit_graph, kinks, segment_features, segment_labels  # noqa: E402
from ._evaluate import Estimate, Evaluation, evaluate  # noqa: E402
from ._image import Image, image  # noqa: E402
from ._reconstruct import Tracks, frames, methods, reconstruct  # noqa: E402
from ._show import Display, show  # noqa: E402
from ._steps import read, simulate  # noqa: E402

__version__: str = _core.version()
__all__ = ["Assignment", "Certificate", "Detector", "Display", "Estimate", "Evaluation", "Frame", "HitGraph", "Image", "InputError",
           "Segments", "Tracks", "assign", "evaluate", "frames", "hit_graph", "image", "kinks", "methods", "read", "reconstruct",
           "segment_features", "segment_labels", "show", "simulate", "tune"]
