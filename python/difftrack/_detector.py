# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core


class Detector:
    """A described detector.

    Parameters
    ----------
    name_or_path : str
        Name of a shipped description (`Detector.shipped()`), or the path of a .toml file.

    Raises
    ------
    InputError
        There is no such description, or it is wrong; file, key and value are named.
    """

    def __init__(self, name_or_path: str) -> None:
        self._core = _core.read_detector(str(name_or_path))

    @classmethod
    def from_toml(cls, text: str, name: str = "text") -> Detector:
        """A description from TOML text; `name` stands for the file in errors."""
        detector = cls.__new__(cls)
        detector._core = _core.parse_detector(text, name)
        return detector

    @staticmethod
    def shipped() -> list[str]:
        """Names of the descriptions that come with the package."""
        return list(_core.shipped_names("detectors", ".toml"))

    @property
    def name(self) -> str:
        """Its name."""
        return self._core.name

    @property
    def title(self) -> str:
        """One line on what it is."""
        return self._core.title

    @property
    def z(self) -> npt.NDArray[np.float64]:
        """Centres of the sensitive slabs, shape (layers,) [mm], isocentre = 0."""
        return self._core.z

    @property
    def n_tracker_layers(self) -> int:
        """Leading layers without absorber."""
        return self._core.n_tracker_layers

    @property
    def thresholds(self) -> dict[str, Any]:
        """Cuts on clusters, segments and tracks, as in the description's [thresholds]."""
        return self._core.thresholds

    @property
    def pixels(self) -> dict[str, Any]:
        """The pixel matrix of a layer, as in the description's [pixels]."""
        return self._core.pixels

    def __len__(self) -> int:
        return self._core.n_layers

    def __repr__(self) -> str:
        return f"<difftrack.Detector {self.name}: {len(self)} layers>"


def as_core(detector: str | Detector) -> Any:
    """What the bindings take."""
    return (detector if isinstance(detector, Detector) else Detector(detector))._core


def hit_graph(frame: _core.Frame, detector: str | Detector = "bergen-dtc") -> _core.HitGraph:
    """Segments between hits of adjacent layers that the detector's angular filter keeps.

    Parameters
    ----------
    frame : Frame
        One of `frames`.
    detector : str or Detector
        Whose filter.

    Returns
    -------
    HitGraph
        Columns `deep` and `shallow` (segments,), the hits at both ends; `ux`, `uy`, `uz` (segments,), the unit vector from the deep
        hit to the shallow one; `pair_begin` (layers,), where the segments of each layer pair begin; `n_hits`. Views, not copies.
    """
    return _core.hit_graph(frame, as_core(detector))


def segment_labels(frame: _core.Frame, graph: _core.HitGraph) -> npt.NDArray[np.uint8]:
    """Truth, shape (segments,): 1 where both hits are of the same event."""
    return _core.segment_labels(frame, graph)


def segment_features(frame: _core.Frame, graph: _core.HitGraph) -> npt.NDArray[np.float32]:
    """What the shipped networks see of a segment, shape (segments, 8): energy deposits of the deep and the shallow hit [MeV], then x, y
    from the beam spot and z of both [mm]."""
    return _core.segment_features(frame, graph)


def kinks(graph: _core.HitGraph) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Pairs of segments that meet in a hit: number of the deeper segment, of the shallower one, and the angle between them [rad],
    each of shape (kinks,)."""
    return _core.kinks(graph)
