#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the wheel on the libraries of a build folder, installs it into a virtual environment and runs the tests there; those of
difftrack.torch under a Python of Debian that has PyTorch.

  tests/python/run.py SOURCE BUILD [argument of pytest…]

Exit code 77: pip cannot reach a registry here, nothing was tested."""
import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77
TORCH_PYTHON = "/usr/bin/python3"  # Debian's python3-torch is for this one
PIP = ["-m", "pip", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "20"]


def run(*command, **more):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)


def must(*command, **more):
    done = run(*command, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def environment(source, folder):
    """A virtual environment with all that the tests need but the package; the one that is there, where it is of the same list."""
    lists = [source / "python" / "requirements.txt", source / "tools" / "requirements.txt"]
    wanted = "".join(path.read_text() for path in lists)
    stamp, python = folder / "requirements.txt", folder / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        for command in ([sys.executable, "-m", "venv", folder],
                        [python, *PIP, "install", "--only-binary", ":all:", *(part for path in lists for part in ("-r", path))]):
            done = run(*command)
            if done.returncode != 0:
                shutil.rmtree(folder, ignore_errors=True)
                print(f"skipped: what tests the Python package cannot be installed here:\n{(done.stdout + done.stderr).strip()[-500:]}")
                sys.exit(SKIPPED)
        stamp.write_text(wanted)
    return python


def wheel(source, build, python):
    """Builds it; only the bindings are compiled. Says what is in it."""
    target = build / "wheel"
    shutil.rmtree(target, ignore_errors=True)
    must(python, *PIP, "wheel", source, "--no-deps", "--no-build-isolation", "--wheel-dir", target, "-C", f"cmake.define.DIFFTRACK_BUILT={build}",
         "-C", f"build-dir={build / 'python_bindings'}")
    return next(target.glob("difftrack-*.whl"))


def tests_of_torch(source, build, built, python):
    """Whether PyTorch's tests ran and passed; None where there is no PyTorch for this wheel."""
    version = "import sys; print(sys.version_info[:2])"
    if run(TORCH_PYTHON, "-c", "import torch, numpy").returncode != 0 or must(TORCH_PYTHON, "-c", version) != must(python, "-c", version):
        return None
    folder = build / "python_torch"
    shutil.rmtree(folder, ignore_errors=True)
    must(python, *PIP, "install", "--no-deps", "--target", folder, built)
    pinned = next(line for line in (source / "python" / "requirements.txt").read_text().split() if line.startswith("pytest=="))
    must(python, *PIP, "install", "--target", folder, pinned)  # beside Debian's NumPy, which its PyTorch needs
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    return subprocess.run([TORCH_PYTHON, "-c", code, "-q", "-p", "no:cacheprovider", str(source / "tests" / "python" / "torch")],
                          cwd=build).returncode == 0


def main(source, build, *arguments):
    source, build = pathlib.Path(source).resolve(), pathlib.Path(build).resolve()
    python = environment(source, build / "python_package")
    built = wheel(source, build, python)
    must(python, *PIP, "install", "--no-deps", "--force-reinstall", built)
    tests = source / "tests" / "python"
    passed = subprocess.run([str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=5", str(tests), "--ignore",
                             str(tests / "torch"), *arguments], cwd=build).returncode == 0
    of_torch = tests_of_torch(source, build, built, python)
    if of_torch is None:
        print("difftrack.torch was not tested: there is no PyTorch here (Debian: python3-torch)")
    return 0 if passed and of_torch is not False else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
