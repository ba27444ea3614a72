# SPDX-License-Identifier: Apache-2.0
"""The assignment as a function that PyTorch differentiates; needs PyTorch, of any version and device, and nothing of LibTorch here."""
from __future__ import annotations

from typing import Any, Optional

import numpy as np
import torch

from . import _core
from ._assign import Structure, solve
from ._options import with_options


class _Assign(torch.autograd.Function):
    """Y(p) with an estimate of dL/dp."""

    @staticmethod
    def forward(ctx: Any, scores: torch.Tensor, forward: Any, values: Any, options: dict[str, Any], stream: int) -> torch.Tensor:
        ctx.of_backward = forward, values, options, stream
        return torch.as_tensor(forward.assigned.astype(np.float32)).to(scores)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> Any:
        forward, values, options, stream = ctx.of_backward
        found = _core.assignment_gradient(forward, values, _numpy(gradient), options, stream)
        return torch.as_tensor(found).to(gradient), None, None, None, None


class _Loss(torch.autograd.Function):
    """A loss with a gradient of its own."""

    @staticmethod
    def forward(ctx: Any, scores: torch.Tensor, forward: Any, values: Any, labels: Any, options: dict[str, Any],
                stream: int) -> torch.Tensor:
        value, found = _core.assignment_loss(forward, values, labels, options, stream)
        ctx.save_for_backward(torch.as_tensor(found).to(scores))
        return scores.new_tensor(value)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> Any:
        return gradient * ctx.saved_tensors[0], None, None, None, None, None


def _numpy(values: torch.Tensor) -> Any:
    return np.ascontiguousarray(values.detach().cpu().numpy(), dtype=np.float32)


@with_options(_core.estimator_options())
def assign(scores: torch.Tensor, segments: Structure, *, labels: Optional[Any] = None, estimator: str = "blackbox",
           mode: str = "forced", unassigned_cost: Optional[float] = None, stream: int = 0, **options: Any) -> torch.Tensor:
    """The cheapest assignment of costs 1 - p, through which gradients flow back to p.

    Parameters
    ----------
    scores : tensor, shape (segments,)
        p, one score per pair of `segments`; of any finite scale, although the options' defaults are for [0, 1].
    segments : HitGraph or Segments
        The pairs that there are, and which of them make a problem.
    labels : array or tensor of 0 and 1, shape (segments,), optional
        Truth, for the estimators that are a loss of their own.
    estimator : {"blackbox", "identity", "implicit_mle", "spo_plus", "fenchel_young"}
        The first three estimate a gradient for any loss on Y. The last two are losses.
    mode, unassigned_cost
        As in `difftrack.assign`.
    stream : int
        Names the step, so that noise differs from step to step.
    **options
        As below, of the estimator; `lambda` is written ``**{"lambda": 10}``.

    Returns
    -------
    tensor
        Y of 0 and 1, shape (segments,); with an estimator that is a loss its value, a scalar, summed over segments.

    Raises
    ------
    InputError
        Shapes do not fit, a score is not finite, or an option is wrong.
    """
    options = dict(options, estimator=estimator)
    is_loss = _core.estimator_is_loss(options)
    if is_loss != (labels is not None):
        raise _core.InputError(f"labels: estimator {estimator} " + ("needs them: it is a loss" if is_loss else "has no use for them"))
    values = _numpy(scores)
    problem: dict[str, Any] = {"mode": mode, "threads": options.get("threads", 1)}
    if unassigned_cost is not None:
        problem["unassigned_cost"] = unassigned_cost
    forward = solve(1.0 - values.astype(np.float64), segments, problem)
    if not is_loss:
        return _Assign.apply(scores, forward, values, options, stream)
    truth = np.ascontiguousarray(torch.as_tensor(labels).cpu().numpy(), dtype=np.uint8)
    return _Loss.apply(scores, forward, values, truth, options, stream)
