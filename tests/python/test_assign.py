# SPDX-License-Identifier: Apache-2.0
"""The assignment as a function of arrays, against SciPy."""
import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

import difftrack


@pytest.mark.parametrize("shape", [(1, 1), (30, 30), (20, 35), (35, 20)])
def test_full_problems_cost_what_scipy_says(shape):
    costs = np.random.default_rng(3).normal(0, 100, shape)
    ours = difftrack.assign(costs)
    row, column = linear_sum_assignment(costs)
    assert len(ours) == min(shape) and ours.cost == pytest.approx(costs[row, column].sum(), rel=1e-12)
    assert (ours.row == row).all() and (ours.column == column).all()
    proof = ours.certificate()
    assert proof.valid and proof.worst < 1e-8 and proof.fault == ""


def test_forbidden_pairs_leave_rows_over():
    costs = np.array([[1.0, np.inf, np.inf], [2.0, np.inf, np.inf], [np.inf, np.inf, 5.0]])
    ours = difftrack.assign(costs)
    assert ours.row.tolist() == [0, 2] and ours.column.tolist() == [0, 2] and ours.cost == 6.0
    assert ours.certificate().valid
    nothing = difftrack.assign(np.full((2, 3), np.inf))
    assert len(nothing) == 0 and nothing.cost == 0.0
    assert difftrack.assign(np.full((2, 3), np.inf), mode="free", unassigned_cost=2).cost == 10.0


def test_free_is_scipy_with_a_place_for_everyone_left_out():
    rng = np.random.default_rng(4)
    costs, leave = rng.exponential(1.0, (12, 15)), 0.06
    padded = np.full((27, 27), 0.0)
    padded[:12, :15] = costs
    padded[:12, 15:] = np.where(np.eye(12, 12, dtype=bool), leave, 1e6)
    padded[12:, :15] = np.where(np.eye(15, 15, dtype=bool), leave, 1e6)
    row, column = linear_sum_assignment(padded)
    ours = difftrack.assign(costs, mode="free", unassigned_cost=leave)
    assert ours.cost == pytest.approx(padded[row, column].sum(), rel=1e-9) and ours.certificate().valid
    assert 0 < len(ours) < 12


def test_duals_prove_it_by_hand():
    costs = np.random.default_rng(5).random((8, 8))
    ours = difftrack.assign(costs)
    assert (ours.row_dual[:, None] + ours.column_dual[None, :] <= costs + 1e-12).all()
    assert ours.row_dual.sum() + ours.column_dual.sum() == pytest.approx(ours.cost)


def test_layer_pairs_of_a_frame(frames):
    graph = difftrack.hit_graph(frames[0])
    labels = difftrack.segment_labels(frames[0], graph)
    found = difftrack.assign(1.0 - labels, graph)
    assert found.certificate().valid and found.assigned.sum() == len(found)
    assert (np.bincount(found.row).max(), np.bincount(found.column).max()) == (1, 1)
    assert difftrack.assign(1.0 - labels, graph, mode="free").assigned.sum() == labels.sum()


def test_wrong_arrays_are_refused(frames):
    graph = difftrack.hit_graph(frames[0])
    for arguments, sentence in [((np.zeros(3),), "two dimensions"), ((np.array([[np.nan]]),), "NaN"), ((np.zeros(3), graph), "does not fit"),
                                ((np.full(len(graph), np.nan), graph), "nan")]:
        with pytest.raises(difftrack.InputError, match=sentence):
            difftrack.assign(*arguments)
    with pytest.raises(difftrack.InputError, match="ascend"):
        difftrack.assign(np.zeros(2), difftrack.Segments.bipartite([1, 0], [0, 0], 2))
    with pytest.raises(difftrack.InputError, match="forced, free"):
        difftrack.assign(np.zeros((2, 2)), mode="loose")
    with pytest.raises(difftrack.InputError, match="is of no use to mode forced"):
        difftrack.assign(np.zeros((2, 2)), unassigned_cost=1)
