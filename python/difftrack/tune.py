# SPDX-License-Identifier: Apache-2.0
"""The setting that makes a function smallest, when every call costs: a lazy Gaussian process chooses what is tried next."""
from __future__ import annotations

import dataclasses
import math
from typing import Any, Callable, Iterable, Mapping, Optional, Sequence, Union

import numpy as np
import numpy.typing as npt

from . import _core
from ._options import with_options

Setting = dict[str, Any]
Objective = Callable[[Setting], Optional[float]]

__all__ = ["Choice", "Integer", "Proposer", "Real", "Result", "Trial", "maximize", "minimize"]


@dataclasses.dataclass(frozen=True)
class Real:
    """A number in [low, high]; with `log` ratios rather than differences count."""

    low: float
    high: float
    log: bool = False


@dataclasses.dataclass(frozen=True)
class Integer:
    """A whole number in [low, high]; with `log` ratios rather than differences count."""

    low: int
    high: int
    log: bool = False


@dataclasses.dataclass(frozen=True)
class Choice:
    """One of several things of any kind, none nearer to another than a third."""

    options: Sequence[Any]


Space = Mapping[str, Union[Real, Integer, Choice]]


@dataclasses.dataclass(frozen=True)
class Trial:
    """One call that has ended."""

    setting: Setting
    value: Optional[float]  #: None: it failed


class Proposer:
    """What is tried next, for loops of your own: propose, try, tell.

    Parameters
    ----------
    space : dict of name → Real, Integer or Choice
        What may be set.
    maximize : bool
        Whether larger values are better.
    per_round : int
        How many settings are proposed at a time as a rule.
    threads : int
        0: all cores; without effect on the proposals.
    **options
        As `minimize` has them.

    Raises
    ------
    InputError
        The space is empty, a range is, or an option is wrong.
    """

    def __init__(self, space: Space, *, maximize: bool = False, per_round: int = 1, threads: int = 0, **options: Any) -> None:
        self.space = dict(space)
        self.trials: list[Trial] = []
        self._sign, self._threads = (1.0 if maximize else -1.0), threads
        self._core = _core.Proposer(_space_of(self.space), options, per_round)

    def propose(self, count: int = 1) -> list[Setting]:
        """Different settings that were not tried; fewer than `count` when the space has no more."""
        rows = self._core.propose(count, self._threads)
        return [{name: _value(kind, number) for (name, kind), number in zip(self.space.items(), row)} for row in rows]

    def tell(self, settings: Iterable[Setting], values: Iterable[Optional[float]]) -> None:
        """Learns what came out; None and what is not finite are failures, which are learnt from, too."""
        new = [Trial(dict(setting), _finite(value)) for setting, value in zip(settings, values)]
        numbers = [math.nan if trial.value is None else self._sign * trial.value for trial in new]
        self._core.tell(self._rows(trial.setting for trial in new), np.array(numbers, dtype=np.float64), self._threads)
        self.trials += new

    def predict(self, settings: Iterable[Setting]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Mean and standard deviation of what is expected at settings; noise of a single call is not in it."""
        mean, deviation = self._core.predict(self._rows(settings))
        return self._sign * mean, deviation

    def importance(self) -> dict[str, float]:
        """Of each parameter the share of the variance over the space that is left when all others are known."""
        return dict(zip(self.space, self._core.importance().tolist()))

    @property
    def best(self) -> Optional[Trial]:
        """The best trial; None as long as all have failed."""
        good = [trial for trial in self.trials if trial.value is not None]
        return max(good, key=lambda trial: self._sign * (trial.value or 0.0)) if good else None

    def _rows(self, settings: Iterable[Setting]) -> npt.NDArray[np.float64]:
        rows = []
        for setting in settings:
            if set(setting) != set(self.space):
                raise _core.InputError(f"setting: has {', '.join(setting) or 'nothing'}, the space {', '.join(self.space)}")
            rows += [_number(name, kind, setting[name]) for name, kind in self.space.items()]
        return np.array(rows, dtype=np.float64)


@dataclasses.dataclass(frozen=True)
class Result:
    """What was found."""

    setting: Setting  #: the best one
    value: float  #: what the function gave there
    trials: list[Trial]  #: all, in the order of trying
    importance: dict[str, float]  #: see `Proposer.importance`
    proposer: Proposer  #: for going on: `proposer.propose()`, and for what is expected elsewhere

    def __repr__(self) -> str:
        failed = sum(trial.value is None for trial in self.trials)
        return f"<difftrack.tune.Result {self.value:.6g} at {self.setting} of {len(self.trials)} trials, {failed} failed>"


@with_options(_core.proposer_options())
def minimize(f: Objective, space: Space, *, trials: int = 50, per_round: int = 1, known: Iterable[Trial] = (), catch: Any = (),
             map: Callable[[Objective, list[Setting]], Iterable[Optional[float]]] = map, threads: int = 0, **options: Any) -> Result:
    """The setting that makes a costly function smallest.

    Parameters
    ----------
    f : callable
        Called with a setting, a dict; its number is what is made small. None, NaN or infinity: this setting failed, which is
        an observation, too.
    space : dict of name → Real, Integer or Choice
        What may be set.
    trials : int
        Calls in all, `known` not counted; up to whole rounds.
    per_round : int
        Settings that are chosen together.
    known : list of Trial
        What is known from before.
    catch : exception class or tuple of such
        What `f` may raise where a setting fails; anything else ends the search.
    map : callable
        Calls `f` on the settings of a round, in order; ``concurrent.futures.ProcessPoolExecutor().map`` does it side by side.
    threads : int
        Of the choice, not of `f`; 0: all cores; without effect on the result.
    **options
        As below; the flags of `difftrack tune`.

    Returns
    -------
    Result

    Raises
    ------
    InputError
        The space is empty, an option is wrong, or `f` never returned a number.
    """
    return _search(f, Proposer(space, maximize=False, per_round=per_round, threads=threads, **options), trials, per_round, known, catch,
                   map, _core.first_trials(options))


@with_options(_core.proposer_options())
def maximize(f: Objective, space: Space, *, trials: int = 50, per_round: int = 1, known: Iterable[Trial] = (), catch: Any = (),
             map: Callable[[Objective, list[Setting]], Iterable[Optional[float]]] = map, threads: int = 0, **options: Any) -> Result:
    """The setting that makes a costly function largest; see `minimize`."""
    return _search(f, Proposer(space, maximize=True, per_round=per_round, threads=threads, **options), trials, per_round, known, catch,
                   map, _core.first_trials(options))


class _Caught:
    """`f`, with what it may raise turned into None; a class, so that it goes to other processes."""

    def __init__(self, f: Objective, catch: Any) -> None:
        self.f, self.catch = f, catch

    def __call__(self, setting: Setting) -> Optional[float]:
        try:
            return self.f(setting)
        except self.catch:
            return None


def _search(f: Objective, proposer: Proposer, trials: int, per_round: int, known: Iterable[Trial], catch: Any,
            map: Callable[[Objective, list[Setting]], Iterable[Optional[float]]], first: int) -> Result:
    before = list(known)
    if trials < 1 or per_round < 1:
        raise _core.InputError(f"trials, per_round: must be 1 or more, not {trials}, {per_round}")
    if before:
        proposer.tell([trial.setting for trial in before], [trial.value for trial in before])
    while len(proposer.trials) < len(before) + trials:
        settings = proposer.propose(per_round)
        if not settings:
            break
        proposer.tell(settings, list(map(_Caught(f, catch), settings)))
        if proposer.best is None and len(proposer.trials) >= min(first, len(before) + trials):
            raise _core.InputError(f"f: gave no number in any of the first {len(proposer.trials)} trials")
    best = proposer.best
    if best is None or best.value is None:
        raise _core.InputError("f: gave no number in any trial")
    return Result(best.setting, best.value, proposer.trials, proposer.importance(), proposer)


def _space_of(space: Space) -> _core.Space:
    for name, kind in space.items():
        if not isinstance(kind, (Real, Integer, Choice)):
            raise _core.InputError(f"{name}: must be a Real, an Integer or a Choice, not {kind!r}")
    numbers = [kind if isinstance(kind, (Real, Integer)) else Real(0, 1) for kind in space.values()]
    options = [[f"{i} {option!r}" for i, option in enumerate(kind.options)] if isinstance(kind, Choice) else [] for kind in space.values()]
    for name, kind in space.items():
        if isinstance(kind, Choice) and len(kind.options) < 2:
            raise _core.InputError(f"{name}: needs two or more options")
    return _core.Space(list(space), [float(n.low) for n in numbers], [float(n.high) for n in numbers], [n.log for n in numbers],
                       [isinstance(n, Integer) for n in numbers], options)


def _value(kind: Union[Real, Integer, Choice], number: float) -> Any:
    if isinstance(kind, Choice):
        return kind.options[int(number)]
    return int(number) if isinstance(kind, Integer) else float(number)


def _number(name: str, kind: Union[Real, Integer, Choice], value: Any) -> float:
    if isinstance(kind, Choice):
        if value not in kind.options:
            raise _core.InputError(f"{name} = {value!r}: is no option of the space")
        return float(list(kind.options).index(value))
    if not kind.low <= value <= kind.high:
        raise _core.InputError(f"{name} = {value!r}: is out of its range")
    return float(value)


def _finite(value: Optional[float]) -> Optional[float]:
    return None if value is None or not math.isfinite(value) else float(value)
