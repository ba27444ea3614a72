#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""RTK makes the image of our export: a scan of the phantom "edges", which no turn and no mirror brings back onto itself,
goes through 'difftrack export --format rtk' and RTK's own rtkfdk, and is compared with 'difftrack image'. RTK knows
straight rays alone, so it is done twice: with the paths of the protons, where orientation, mean and contrast have to
agree, and with paths that are told to be straight and parallel, where every pixel has to.

  tests/tools/rtk_test.py PROGRAM_FOLDER ENVIRONMENT

ENVIRONMENT is a virtual environment that is made, with PyPI's itk-rtk, where there is none yet. Exit code 77: pip cannot
get it here, nothing was tested."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PACKAGE = "itk-rtk==2.7.0.post1"
SKIPPED = 77
PIXELS, PIXEL, HEIGHT = 84, 2.0, 30.0
SCAN = """views = 60
protons_per_spot = 80
phantom = "edges"
spots_x = 23
seed = 5
"""


# A beam without slope, a hit that tells of the position alone, no scattering: paths become straight and parallel.
STRAIGHT = ["--steering-distance", "1000000mm", "--sigma", "100", "--divergence", "0.001mrad", "--emittance", "0.3mm-mrad",
            "--position-sd", "10", "--scattering-scale", "0.01", "--angle-sigmas", "1000000"]


def environment(folder):
    """Makes the environment, or says why there is none."""
    python = folder / "bin" / "python"
    if (folder / "bin" / "rtkfdk").exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "20", PACKAGE]
    for command in ([sys.executable, "-m", "venv", str(folder)], [str(python)] + pip):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            print(f"skipped: {PACKAGE} cannot be installed here:\n{(done.stdout + done.stderr).strip()[-500:]}")
            sys.exit(SKIPPED)
    return python


def read_slice(path):
    """The middle slice of a MetaImage with its voxels in the file, as rows of z."""
    import numpy
    data = path.read_bytes()
    head, _, voxels = data.partition(b"ElementDataFile = LOCAL\n")
    keys = dict(line.split(" = ", 1) for line in head.decode().strip().split("\n"))
    nx, ny, nz = map(int, keys["DimSize"].split())
    assert keys["ElementType"] == "MET_FLOAT" and keys.get("CompressedData", "False") == "False", keys
    return numpy.frombuffer(voxels, "<f4").reshape(nz, ny, nx)[:, ny // 2, :].astype(float)


def compare(folder):
    """Ours against RTK's; runs in the environment, which has NumPy."""
    import numpy
    ours, theirs = read_slice(folder / "ours.mha"), read_slice(folder / "rtk.mha")
    theirs = theirs[::-1, ::-1]  # half a turn about y, as docs/image.md says
    straight = read_slice(folder / "rtk-straight.mha")[::-1, ::-1] - read_slice(folder / "ours-straight.mha")
    middle = PIXEL * (numpy.arange(PIXELS) - (PIXELS - 1) / 2)
    radius = numpy.hypot(middle[:, None], middle[None, :])
    body = (radius < 65) & (ours < 1.3) & (theirs < 1.3)
    failed = 0

    def check(what, value, low, high):
        nonlocal failed
        fine = low <= value <= high
        failed += not fine
        print(f"{'ok    ' if fine else 'FAILED'} {what}: {value:.4f} in [{low}, {high}]")

    # Boxes blur into the water around, alike in both, so that the mean lies a little above 1.
    check("mean of ours in the water", ours[body].mean(), 0.99, 1.03)
    check("RTK's over ours", theirs[body].mean() / ours[body].mean(), 0.995, 1.005)
    check("RSP of the box in the middle, RTK's over ours", theirs[radius < 3.2].mean() / ours[radius < 3.2].mean(), 0.95, 1.05)
    check("straight paths: mean of RTK's minus ours", straight[radius < 65].mean(), -0.0005, 0.0005)
    check("straight paths: rms of RTK's minus ours", numpy.sqrt((straight[radius < 65]**2).mean()), 0.0, 0.0005)
    inside = radius < 70
    likeness = {}
    for mirror in (False, True):
        for turn in range(4):
            turned = numpy.rot90(theirs[:, ::-1] if mirror else theirs, turn)
            likeness[mirror, turn] = numpy.corrcoef(ours[inside], turned[inside])[0, 1]
    check("likeness", likeness.pop((False, 0)), 0.9, 1.0)
    check("likeness of the other seven orientations", max(likeness.values()), -1.0, 0.7)
    sys.exit(1 if failed else 0)


def main():
    programs, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    python = environment(folder)
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        (work / "scan.toml").write_text(SCAN)
        grid = ["--pixels", str(PIXELS), "--pixel", str(PIXEL), "--slice-height", str(HEIGHT)]
        scan = ["tracks.npz", "--hull", "cylinder:75", "-q"] + grid
        difftrack = str(programs / "difftrack")
        size, spacing = f"{PIXELS},1,{PIXELS}", f"{PIXEL},{HEIGHT},{PIXEL}"
        commands = [[difftrack, "scan", "-q", "scan.toml"], [difftrack, "reconstruct", "-q", "scan", "--method", "truth", "-o", "tracks"]]
        for end, flags in (("", []), ("-straight", STRAIGHT)):
            options = [*scan, "--splat", "linear", *flags]
            commands += [
                [difftrack, "image", *options, "-o", f"ours{end}.mha"],
                [difftrack, "export", *options, "--format", "rtk", "-o", f"rtk{end}"],
                [str(python), str(folder / "bin" / "rtkfdk"), "-p", f"rtk{end}", "-r", "radiographs.mha", "-g", f"rtk{end}/geometry.xml",
                 "-o", f"rtk{end}.mha", "--dimension", size, "--spacing", spacing],
            ]
        for command in commands:
            done = subprocess.run(command, cwd=work, capture_output=True, text=True)
            if done.returncode != 0:
                print(f"FAILED: {' '.join(command)}\n{done.stdout}{done.stderr}")
                sys.exit(1)
        sys.exit(subprocess.run([str(python), __file__, "--compare", str(work)]).returncode)


if __name__ == "__main__":
    if sys.argv[1] == "--compare":
        compare(pathlib.Path(sys.argv[2]))
    main()
