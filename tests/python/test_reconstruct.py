# SPDX-License-Identifier: Apache-2.0
"""frames, reconstruct, evaluate, show, image."""
import gc
import os
import threading
import time

import numpy as np
import pytest

import difftrack


def same(a, b):
    """To the bytes, NaN included."""
    return a.dtype == b.dtype and a.tobytes() == b.tobytes()


def test_columns_of_a_frame_are_views_that_outlive_it(steps):
    frames = difftrack.frames(steps, per_frame=30)
    frame, graph = frames[0], difftrack.hit_graph(frames[0])
    assert frame.x.base is not None and not frame.x.flags.writeable and len(frame) == len(frame.x)
    assert np.shares_memory(frame.x, frame.x) and (np.diff(frame.layer) <= 0).all() and "hits of 30 events" in repr(frame)
    kept, deep, copy = frame.x, graph.deep, frame.x.copy()
    del frames, frame, graph
    gc.collect()
    assert (kept == copy).all() and (deep >= 0).all()


def test_frames_of_files_arrays_and_columns_are_the_same(steps, tmp_path):
    np.savez(tmp_path / "steps.npz", steps)
    of_array, of_file = difftrack.frames(steps, per_frame=30), difftrack.frames(tmp_path / "steps.npz", per_frame=30)
    of_columns = difftrack.frames({name: steps[name] for name in steps.dtype.names}, per_frame=30)
    assert len(of_array) == len(of_file) == len(of_columns) > 10
    for a, b, c in zip(of_array, of_file, of_columns):
        assert (a.edep == b.edep).all() and (a.event == b.event).all() and (a.z == c.z).all()


def test_what_the_source_has_not_is_none(frames):
    pixels = np.rec.fromarrays([[0, 0], [0, 0], [5, 6], [9, 9]], names="frame,layer,x,y")
    real = difftrack.frames(pixels, "groningen-w")[0]
    assert real.event is None and real.n_events == 0 and len(real) == 1 and real.cluster_size.tolist() == [2]
    assert frames[0].event is not None and frames[0].arrival is None and frames[0].spot is None


def test_hits_of_pixels_are_others(steps):
    pixels = difftrack.frames(steps, per_frame=30, hits="pixels", pixel_noise=5)
    assert pixels[0].cluster_size.max() > 5
    with pytest.raises(difftrack.InputError, match="pixel_noise: is of no use to hits merged"):
        difftrack.frames(steps, pixel_noise=5)


def test_wrong_rows_are_named(steps):
    broken = steps.copy()
    broken["posX"][7] = np.nan
    with pytest.raises(difftrack.InputError, match="array: posX, row 7"):
        difftrack.frames(broken)
    with pytest.raises(difftrack.InputError, match="structured"):
        difftrack.frames(np.zeros(3))
    with pytest.raises(difftrack.InputError, match="per_frame"):
        difftrack.frames(steps, per_frames=3)


@pytest.mark.parametrize("method", difftrack.methods())
def test_every_method_makes_tracks(frames, method):
    tracks = difftrack.reconstruct(frames, method=method)
    row = difftrack.evaluate(tracks)[0]
    assert len(tracks) > 300 and row.strict_purity.value > 0.6 and row.frames == len(frames) == len(tracks.frames)
    assert tracks.meta["method"] == method and tracks.tracks["n_hits"].min() >= 5
    on_tracks = tracks.hits[tracks.hits["track"] >= 0]
    assert np.bincount(on_tracks["track"]).tolist() == tracks.tracks["n_hits"].tolist()


def test_files_and_frames_give_the_same_tracks_for_any_number_of_threads(steps, frames, tmp_path):
    np.savez(tmp_path / "steps.npz", steps)
    one = difftrack.reconstruct(frames, threads=1)
    for other in (difftrack.reconstruct(str(tmp_path / "steps.npz"), per_frame=30, threads=3), difftrack.reconstruct(steps, per_frame=30)):
        assert same(one.tracks, other.tracks) and same(one.hits, other.hits)


def test_the_temporary_file_goes_with_the_tracks(frames, tmp_path):
    tracks = difftrack.reconstruct(frames, method="follower", write_graph=True)
    saved = tracks.save(tmp_path / "kept")
    path = tracks.path
    assert path.exists() and sorted(os.listdir(tmp_path)) == ["kept.csv", "kept.graph.npz", "kept.npz"]
    del tracks
    gc.collect()
    assert not path.parent.exists() and len(saved) > 300
    named = difftrack.reconstruct(frames, method="follower", output=str(tmp_path / "named"))
    assert named.path == tmp_path / "named.npz" and same(named.tracks, saved.tracks)
    with pytest.raises(difftrack.InputError, match="is no tracks file"):
        difftrack.Tracks(tmp_path / "kept.graph.npz")


def test_a_function_scores_segments(frames):
    def truth(frame, graph):
        return difftrack.segment_labels(frame, graph)

    own = difftrack.reconstruct(frames, method=truth)
    oracle = difftrack.reconstruct(frames, method="oracle")
    assert own.meta["method"] == "truth" and same(own.tracks, oracle.tracks)
    free = difftrack.reconstruct(frames, method=lambda frame, graph: np.zeros(len(graph)), mode="free", unassigned_cost=0.1)
    assert len(free) == 0


def test_what_a_function_does_wrong_comes_back(frames):
    with pytest.raises(difftrack.InputError, match="3 scores"):
        difftrack.reconstruct(frames, method=lambda frame, graph: np.zeros(3))
    with pytest.raises(difftrack.InputError, match="2"):
        difftrack.reconstruct(frames, method=lambda frame, graph: np.full(len(graph), 2.0))

    def broken(frame, graph):
        raise ZeroDivisionError("of mine")
    for threads in (1, 4):
        with pytest.raises(ZeroDivisionError, match="of mine"):
            difftrack.reconstruct(frames, method=broken, threads=threads)


@pytest.mark.parametrize("options, sentence", [
    ({"method": "networks"}, "did you mean 'network'"),
    ({"method": "follower", "mode": "free"}, "is of no use to method follower"),
    ({"method": "joint", "model": "bergen-dtc"}, "was not trained beside a joint decision"),
    ({"method": "policy", "min_confidence": 0.9}, "is of no use to method policy"),
    ({"method": "network", "mode": "forced", "unassigned_cost": 0.3}, "is of no use to mode forced"),
    ({"method": "network", "model": "none-such"}, "shipped are"),
    ({"method": "network", "per_frame": 3}, "per_frame"),
    ({"detector": "groningen-w", "method": "joint", "likelihood": "bergen-dtc"}, "fit-likelihood"),
])
def test_a_wrong_option_is_refused(frames, options, sentence):
    with pytest.raises(difftrack.InputError) as error:
        difftrack.reconstruct(frames, **options)
    assert sentence in str(error.value)


def test_long_calls_let_others_run():
    """Another thread goes on counting while the simulation runs; it needs Python's lock."""
    count, done = 0, threading.Event()

    def simulate():
        difftrack.simulate(primaries=4000, threads=1)
        done.set()

    worker = threading.Thread(target=simulate)
    worker.start()
    while not done.is_set():
        count += 1
        time.sleep(0.001)
    worker.join()
    assert count > 20


def test_without_truth_there_is_nothing_to_evaluate(steps):
    blind = {name: steps[name] for name in steps.dtype.names if name not in ("trackID", "parentID", "PDGEncoding", "creatorProcess")}
    tracks = difftrack.reconstruct(blind, method="follower", per_frame=30)
    assert "event" not in tracks.hits.dtype.names
    with pytest.raises(difftrack.InputError, match="no truth"):
        difftrack.evaluate(tracks)


def test_the_display_is_a_page(frames, tmp_path):
    tracks = difftrack.reconstruct(frames, method="follower")
    display = difftrack.show(tracks, frame=1)
    display.save(tmp_path / "event.html")
    page = (tmp_path / "event.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") and "THREE" in page
    inline = display._repr_html_()
    assert inline.startswith("<iframe srcdoc=") and "&lt;script" in inline and "<script" not in inline
    with pytest.raises(difftrack.InputError, match="1000"):
        difftrack.show(tracks, frame=1000)


def test_tracks_of_a_scan_become_an_image(tmp_path):
    views = []
    for view in range(12):
        rows = difftrack.simulate(phantom="ctp404", rotation=f"{30 * view}deg", spots_x=23, primaries=23 * 60, seed=view + 1)
        views.append(difftrack.reconstruct(rows, method="truth", per_frame=50))
    image = difftrack.image(views, hull="cylinder:75", pixels=42, pixel=4, slice_height=30)
    assert image.values.shape == (42, 1, 42) and image.spacing == (4.0, 30.0, 4.0) and image.views == 12
    assert 0.9 < image.values[16:26, 0, 16:26].mean() < 1.2 and image.cuts["kept"] > 0.7 * image.cuts["protons"]
    image.save(tmp_path / "image.mha")
    raw = (tmp_path / "image.mha").read_bytes()
    assert b"DimSize = 42 1 42" in raw and raw.endswith(image.values.tobytes())
    with pytest.raises(difftrack.InputError, match="hole"):
        difftrack.image(views[:5], hull="cylinder:75", pixels=42)
    with pytest.raises(difftrack.InputError, match="is of no use to method fbp"):
        difftrack.image(views, sweeps=3)
