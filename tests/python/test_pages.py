# SPDX-License-Identifier: Apache-2.0
"""What the pages show runs: examples as they stand, and the notebook."""
import os
import subprocess
import sys

import pytest

import difftrack


def run(script, folder):
    done = subprocess.run([sys.executable, str(script)], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_first_steps(examples, tmp_path):
    printed = run(examples / "first_steps.py", tmp_path)
    assert "<difftrack.Tracks: 3439 tracks in 47 frames, method joint>" in printed  # as README's first session
    assert (tmp_path / "event.html").stat().st_size > 500_000


def test_own_method(examples, tmp_path):
    straight, follower, joint = run(examples / "own_method.py", tmp_path).splitlines()[-3:]
    assert straight.startswith("frames, straight: purity") and "joint" in joint


def test_jobs_and_machines(examples, tmp_path):
    first, second = run(examples / "jobs_and_machines.py", tmp_path).splitlines()
    ours, theirs = first.split(" jobs, ")[1].split(" hours; SciPy ")
    assert ours == theirs.split(";")[0] and "valid=True" in first and second.endswith("True")


def test_tune_settings(examples, tmp_path):
    best, matters, other = run(examples / "tune_settings.py", tmp_path).splitlines()
    assert "of 30 trials, 0 failed" in best and "max_score" in matters
    shipped, tuned = (float(word) for word in other.replace(",", "").split() if word.startswith("0."))
    assert tuned < shipped


def test_the_notebook(examples, tmp_path, monkeypatch):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.setenv("GATE_FOLDER", str(tmp_path / "gate"))
    monkeypatch.setenv("GATE_VIEWS", "12")
    monkeypatch.setenv("GATE_PROTONS", "40")
    notebook = nbformat.read(examples / "gate_to_image.ipynb", as_version=4)
    done = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in done.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("text/html" in output.get("data", {}) for output in outputs), "the event display"
    said = "".join(output.get("text", "") for output in outputs)
    middle = float(said.split("relative stopping power in the middle: ")[1].split(" ")[0])
    assert 1.05 < middle < 1.25
    assert os.path.getsize(tmp_path / "gate" / "image.mha") > 4 * 84 * 84


def test_annotations_hold():
    pytest.importorskip("mypy")
    done = subprocess.run([sys.executable, "-m", "mypy", "--ignore-missing-imports", "--cache-dir", os.devnull, "-p", "difftrack"],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout


def test_the_version_is_the_library_s():
    assert difftrack.__version__.count(".") == 2
