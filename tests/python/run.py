#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the wheel on the libraries of a build folder (tools/python_wheel.py), installs it into a virtual environment and runs the tests
there; those of difftrack.torch under a Python of Debian that has PyTorch.

  tests/python/run.py BUILD [argument of pytest…]

Exit code 77: pip cannot reach a registry here, nothing was tested."""
import pathlib
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tools"))
from python_wheel import PIP, NoRegistry, environment, must, run, wheel  # noqa: E402

SKIPPED = 77
TORCH_PYTHON = "/usr/bin/python3"  # Debian's python3-torch is for this one


def tests_of_torch(build, built, python):
    """Whether PyTorch's tests ran and passed; None where there is no PyTorch for this wheel."""
    version = "import sys; print(sys.version_info[:2])"
    if run(TORCH_PYTHON, "-c", "import torch, numpy").returncode != 0 or must(TORCH_PYTHON, "-c", version) != must(python, "-c", version):
        return None
    folder = build / "python_torch"
    shutil.rmtree(folder, ignore_errors=True)
    must(python, *PIP, "install", "--no-deps", "--target", folder, built)
    pinned = next(line for line in (SOURCE / "python" / "requirements.txt").read_text().split() if line.startswith("pytest=="))
    must(python, *PIP, "install", "--target", folder, pinned)  # beside Debian's NumPy, which its PyTorch needs
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    return subprocess.run([TORCH_PYTHON, "-c", code, "-q", "-p", "no:cacheprovider", str(SOURCE / "tests" / "python" / "torch")],
                          cwd=build).returncode == 0


def main(build, *arguments):
    build = pathlib.Path(build).resolve()
    try:
        python = environment(build / "python_package")
    except NoRegistry as error:
        print(f"skipped: what tests the Python package cannot be installed here:\n{error}")
        return SKIPPED
    built = wheel(build, python, build / "wheel")
    if "manylinux" not in built.name:  # the tag for: links nothing that a Linux need not have
        sys.exit(f"{built.name} links libraries of this system")
    must(python, *PIP, "install", "--no-deps", "--force-reinstall", built)
    tests = SOURCE / "tests" / "python"
    passed = subprocess.run([str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=5", str(tests), "--ignore",
                             str(tests / "torch"), *arguments], cwd=build).returncode == 0
    of_torch = tests_of_torch(build, built, python)
    if of_torch is None:
        print("difftrack.torch was not tested: there is no PyTorch here (Debian: python3-torch)")
    return 0 if passed and of_torch is not False else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
