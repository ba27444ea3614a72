# SPDX-License-Identifier: Apache-2.0
"""difftrack.tune: finds known minima, learns from failures, proposes the same for any number of threads, refuses nonsense."""
import concurrent.futures
import math

import numpy as np
import pytest

import difftrack
from difftrack.tune import Choice, Integer, Proposer, Real, Trial, maximize, minimize

SPACE = {"x": Real(-5, 10), "y": Real(0, 15)}
MIXED = {"rate": Real(1e-4, 1, log=True), "layers": Integer(1, 9), "kind": Choice([None, "relu", 3])}


def branin(setting):
    x, y = setting["x"], setting["y"]
    return (y - 5.1 * x * x / (4 * math.pi**2) + 5 * x / math.pi - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def mixed(setting):
    return (math.log10(setting["rate"]) + 2) ** 2 + 0.1 * (setting["layers"] - 3) ** 2 + (setting["kind"] != "relu")


def settings_of(result):
    return [trial.setting for trial in result.trials]


def test_finds_the_minimum_of_branin():
    found = minimize(branin, SPACE, trials=35)
    assert found.value == pytest.approx(0.397887, abs=0.01) and len(found.trials) == 35
    assert found.value == branin(found.setting) == min(trial.value for trial in found.trials)
    assert set(found.importance) == {"x", "y"} and "35 trials, 0 failed" in repr(found)
    mean, deviation = found.proposer.predict([{"x": math.pi, "y": 2.275}, {"x": 10, "y": 15}])
    assert mean[0] == pytest.approx(0.4, abs=3) and (deviation > 0).all() and mean[1] > 50


def test_kinds_of_parameters_come_back_as_they_are():
    found = minimize(mixed, MIXED, trials=30)
    assert found.setting["layers"] == 3 and found.setting["kind"] == "relu" and found.value < 0.05
    assert all(type(s["layers"]) is int and type(s["rate"]) is float and s["kind"] in MIXED["kind"].options for s in settings_of(found))
    best = maximize(lambda setting: -mixed(setting), MIXED, trials=30)
    assert settings_of(best) == settings_of(found) and best.value == -found.value


@pytest.mark.parametrize("options", [{}, {"acquisition": "thompson"}, {"acquisition": "noisy-ei", "draws": 4}, {"parallel": "peaks"}])
def test_threads_and_processes_change_nothing(options):
    one = minimize(branin, SPACE, trials=18, per_round=3, threads=1, **options)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        assert settings_of(minimize(branin, SPACE, trials=18, per_round=3, threads=3, map=pool.map, **options)) == settings_of(one)
    assert settings_of(minimize(branin, SPACE, trials=18, per_round=3, seed=2, **options)) != settings_of(one)


def test_failures_are_learnt_from():
    def crashes(setting):
        if setting["x"] < 2.5:
            raise RuntimeError("out of memory")
        return setting["x"]
    found = minimize(crashes, {"x": Real(0, 10)}, trials=25, catch=RuntimeError)
    failed = [trial.value is None for trial in found.trials]
    assert 1 < sum(failed) < 13 and 2.5 <= found.value < 3
    assert minimize(lambda s: s["x"] if s["x"] > 2.5 else float("nan"), {"x": Real(0, 10)}, trials=25).trials == found.trials
    with pytest.raises(RuntimeError, match="out of memory"):
        minimize(crashes, {"x": Real(0, 10)}, trials=25)


def test_ask_and_tell_goes_on_where_minimize_ended():
    found = minimize(branin, SPACE, trials=20)
    other = Proposer(SPACE)
    for trial in found.trials:
        assert other.propose() == [trial.setting]
        other.tell([trial.setting], [trial.value])
    assert other.propose() == found.proposer.propose() and other.best == Trial(found.setting, found.value)
    more = minimize(branin, SPACE, trials=5, known=found.trials)
    assert len(more.trials) == 25 and more.value <= found.value


def test_a_space_that_has_no_more_ends_the_search():
    found = minimize(lambda s: s["n"] + (s["kind"] == "a"), {"n": Integer(1, 3), "kind": Choice(["a", "b"])}, trials=50, first=3)
    assert len(found.trials) == 6 and found.setting == {"n": 1, "kind": "b"}


def test_nonsense_is_told_in_one_sentence():
    zero = {"x": Real(0, 1)}
    for arguments, options, sentence in [
            ((branin, {}), {}, "space: is empty"), ((branin, {"x": Real(1, 1)}), {}, "empty range"), ((branin, {"x": (0, 1)}), {}, "must be a Real"),
            ((branin, {"x": Real(0, 1, log=True)}), {}, "logarithmic"), ((branin, {"x": Choice(["a"])}), {}, "two or more"),
            ((branin, zero), {"lags": 3}, "did you mean 'lag'"), ((branin, zero), {"kappa": 3}, "is of no use without acquisition ucb"),
            ((branin, zero), {"trials": 0}, "must be 1 or more"), ((branin, zero), {"known": [Trial({"y": 1}, 2.0)]}, "the space x"),
            ((branin, zero), {"known": [Trial({"x": 3}, 2.0)]}, "out of its range"),
            ((lambda setting: None, zero), {}, "no number in any of the first 10 trials")]:
        with pytest.raises(difftrack.InputError, match=sentence):
            minimize(*arguments, **options)


def test_options_are_told_in_the_docstring():
    assert "acquisition : str, default log-ei" in minimize.__doc__ and "lag : int, default 10" in minimize.__doc__


def test_many_observations_are_told_at_once():
    proposer = Proposer({"x": Real(0, 1), "y": Real(0, 1)}, maximize=True, fit_steps=10, restarts=0)
    rows = np.random.default_rng(1).random((300, 2))
    proposer.tell([{"x": x, "y": y} for x, y in rows.tolist()], (rows[:, 0] - (rows[:, 1] - 0.5) ** 2).tolist())
    (best,) = proposer.propose()
    assert best["x"] > 0.9 and abs(best["y"] - 0.5) < 0.15
