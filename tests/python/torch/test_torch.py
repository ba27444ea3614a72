# SPDX-License-Identifier: Apache-2.0
"""difftrack.torch; runs under a Python that has PyTorch (tests/python/run.py)."""
import itertools
import pathlib
import sys

import numpy as np
import pytest
import torch

import difftrack
import difftrack.torch

EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / "examples" / "python"


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(7)
    row, column = (a.reshape(-1) for a in np.meshgrid(np.arange(6), np.arange(6), indexing="ij"))
    labels = (row == column).astype(np.uint8)
    return difftrack.Segments.bipartite(row, column, 6), torch.tensor(rng.random(36), dtype=torch.float32), torch.tensor(labels)


@pytest.mark.parametrize("estimator, mode", list(itertools.product(["blackbox", "identity", "implicit_mle"], ["forced", "free"])))
def test_any_loss_falls_and_truth_is_reached(problem, estimator, mode):
    segments, start, labels = problem
    logits = torch.logit(start, 0.01).requires_grad_()
    optimiser = torch.optim.Adam([logits], lr=0.1)
    losses = []
    for step in range(200):
        chosen = difftrack.torch.assign(torch.sigmoid(logits), segments, estimator=estimator, mode=mode, stream=step, temperature=0.05,
                                        convention="scale_free", **{"lambda": 1.0})
        assert set(chosen.tolist()) <= {0.0, 1.0}
        loss = (chosen - labels).abs().sum()
        losses.append(float(loss))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert losses[0] >= 4 and min(losses[-50:]) == 0, losses


@pytest.mark.parametrize("estimator", ["spo_plus", "fenchel_young"])
def test_losses_of_their_own(problem, estimator):
    segments, start, labels = problem
    scores = start.clone().requires_grad_()
    optimiser = torch.optim.SGD([scores], lr=0.05)
    losses = []
    for step in range(80):
        loss = difftrack.torch.assign(scores, segments, estimator=estimator, labels=labels, stream=step, samples=8)
        losses.append(float(loss))
        optimiser.zero_grad()
        (3.0 * loss).backward()
        optimiser.step()
    assert losses[-1] < 0.2 * losses[0], losses
    assert (difftrack.torch.assign(scores, segments) == labels).all()


def test_blackbox_is_the_difference_of_two_assignments(problem):
    segments, start, labels = problem
    scores = start.clone().requires_grad_()
    weights = torch.tensor(np.random.default_rng(9).normal(size=36), dtype=torch.float32)
    chosen = difftrack.torch.assign(scores, segments, convention="scale_free", **{"lambda": 0.8})
    (weights * chosen).sum().backward()
    step = 0.8 / np.sqrt(np.mean(weights.numpy().astype(float) ** 2))
    moved = difftrack.assign(1.0 - start.numpy().astype(float) + step * weights.numpy(), segments).assigned
    assert scores.grad.numpy() == pytest.approx((chosen.detach().numpy() - moved) / step) and (scores.grad != 0).any()


def test_spo_plus_gradient_is_that_of_its_value(problem):
    segments, start, labels = problem
    scores = start.clone().requires_grad_()
    difftrack.torch.assign(scores, segments, estimator="spo_plus", labels=labels).backward()
    direction = torch.tensor(np.random.default_rng(8).normal(size=36), dtype=torch.float32)
    step = 1e-3
    up, down = (float(difftrack.torch.assign(start + sign * step * direction, segments, estimator="spo_plus", labels=labels))
                for sign in (1, -1))
    assert (up - down) / (2 * step) == pytest.approx(float(scores.grad @ direction), rel=2e-2, abs=2e-3)


def test_wrong_use_is_refused(problem):
    segments, scores, labels = problem
    with pytest.raises(difftrack.InputError, match="needs them"):
        difftrack.torch.assign(scores, segments, estimator="spo_plus")
    with pytest.raises(difftrack.InputError, match="has no use"):
        difftrack.torch.assign(scores, segments, labels=labels)
    with pytest.raises(difftrack.InputError, match="does not fit"):
        difftrack.torch.assign(scores[:5], segments)
    with pytest.raises(difftrack.InputError, match="did you mean 'blackbox'"):
        difftrack.torch.assign(scores, segments, estimator="blackbocks")
    with pytest.raises(difftrack.InputError, match="temperature"):
        difftrack.torch.assign(scores, segments, temprature=1.0)


def test_a_small_network_learns_on_our_frames():
    sys.path.insert(0, str(EXAMPLES))
    import train_pytorch
    train, test = (difftrack.frames(difftrack.simulate(primaries=1000, seed=seed), per_frame=50) for seed in (1, 2))
    before, after = (difftrack.evaluate(difftrack.reconstruct(test, method=train_pytorch.train(train, steps)))[0] for steps in (0, 100))
    assert after.strict_purity.value > 0.75 and after.strict_purity.value > before.strict_purity.value + 0.1, (str(before), str(after))
