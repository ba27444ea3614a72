# SPDX-License-Identifier: Apache-2.0
"""simulate, read, and the errors of what is wrong."""
import numpy as np
import pytest

import difftrack


def test_the_same_seed_gives_the_same_rows_for_any_number_of_threads(steps):
    again = difftrack.simulate(phantom="water:100", primaries=600, seed=5, threads=1)
    assert again.dtype == steps.dtype and again.tobytes() == steps.tobytes()
    assert difftrack.simulate(phantom="water:100", primaries=600, seed=6).tobytes() != steps.tobytes()
    assert {"eventID", "posX", "edep", "level1ID"} <= set(steps.dtype.names) and len(steps) > 5000


def test_columns_are_views(steps):
    assert np.shares_memory(steps["posX"], steps) and steps["edep"].dtype == np.float32


def test_a_scan_has_spot_and_rotation():
    rows = difftrack.simulate(primaries=20, spots_x=4, spot_pitch=10, rotation="0deg")
    assert sorted(np.unique(rows["spotX"])) == [-15.0, -5.0, 5.0, 15.0] and (rows["rotation"] == 0).all()


def test_progress_is_told_and_can_end_it():
    told = []
    difftrack.simulate(primaries=3000, progress=lambda done, total, note: told.append((done, total)))
    assert told[-1] == (3000, 3000)

    def stop(done, total, note):
        raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        difftrack.simulate(primaries=3000, progress=stop)


def test_files_are_read_as_they_are(steps, tmp_path):
    np.savez_compressed(tmp_path / "steps.npz", steps)
    back = difftrack.read(tmp_path / "steps.npz")
    assert back.dtype == steps.dtype and (back == steps).all()
    np.savetxt(tmp_path / "steps.csv", steps[["eventID", "edep"]][:9], "%d,%.9g", header="eventID,edep", comments="")
    text = difftrack.read(str(tmp_path / "steps.csv"))
    assert (text["eventID"] == steps["eventID"][:9]).all() and (text["edep"].astype("f4") == steps["edep"][:9]).all()
    np.savetxt(tmp_path / "bare.txt", [[1, 2.5], [2, 3.5]], "%g")
    assert difftrack.read(tmp_path / "bare.txt", columns="eventID,edep")["edep"].tolist() == [2.5, 3.5]


def test_a_root_file_through_uproot(steps, tmp_path):
    uproot = pytest.importorskip("uproot")
    with uproot.recreate(tmp_path / "gate.root") as file:
        file.mktree("Hits", {name: steps.dtype[name] for name in steps.dtype.names})
        file["Hits"].extend({name: steps[name] for name in steps.dtype.names})
    back = difftrack.read(tmp_path / "gate.root")
    assert all((back[name] == steps[name]).all() for name in steps.dtype.names)
    with pytest.raises(difftrack.InputError, match="gate.root: has no tree 'Nothing'"):
        difftrack.read(tmp_path / "gate.root", tree="Nothing")
    assert len(difftrack.frames(tmp_path / "gate.root", per_frame=30)) == len(difftrack.frames(steps, per_frame=30))


@pytest.mark.parametrize("options, sentence", [
    ({"primaries": 0}, "primaries = '0'"),
    ({"primaries": 1.5}, "must be an integer"),
    ({"primaries": True}, "must be an integer"),
    ({"phantom": "wood:10"}, "wood"),
    ({"seeds": 1}, "seed"),
    ({"rotation": 30}, "deg"),
    ({"nuclear": "yes"}, "must be True or False"),
    ({"detector": "bergen"}, "shipped are bergen-dtc"),
])
def test_a_wrong_option_is_one_sentence(options, sentence):
    with pytest.raises(difftrack.InputError) as error:
        difftrack.simulate(**options)
    assert sentence in str(error.value) and isinstance(error.value, ValueError)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(difftrack.InputError, match="nothing.npz"):
        difftrack.read(tmp_path / "nothing.npz")
    with pytest.raises(difftrack.InputError, match="is no ROOT file"):
        (tmp_path / "a.csv").write_text("x\n1\n")
        difftrack.read(tmp_path / "a.csv", tree="Hits")


def test_a_detector_tells_what_it_is():
    detector = difftrack.Detector("bergen-dtc")
    assert len(detector) == len(detector.z) and (np.diff(detector.z) > 0).all() and detector.n_tracker_layers == 2
    assert detector.thresholds["min_track_hits"] == 5 and detector.pixels["columns"] > 1000
    assert {"bergen-dtc", "gate-3mm-al", "groningen-w"} <= set(difftrack.Detector.shipped())
    with pytest.raises(difftrack.InputError, match="mine"):
        difftrack.Detector.from_toml("name = 1", "mine")


def test_options_are_in_the_docstrings():
    assert "primaries : int, default 10000" in difftrack.simulate.__doc__
    assert "per_frame : int, default 100" in difftrack.frames.__doc__
    assert "unassigned_cost : float" in difftrack.reconstruct.__doc__
    assert "slice_height : float" in difftrack.image.__doc__ and "One of: " in difftrack.image.__doc__
