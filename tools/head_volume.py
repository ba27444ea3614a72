#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A head to image: the CT volume "Cranium" of Debian's invesalius-examples (GPL-2), as a MetaImage of Hounsfield numbers.

    tools/head_volume.py OUTPUT.mha           fetches the package with apt-get download and converts it
    tools/head_volume.py OUTPUT.mha FILE.inv3 converts a file that is there already

Nothing of it is kept in this repository. The long axis of the head becomes y, the axis of rotation of a scan: x goes
across, z from front to back. 256 x 108 x 256 voxels of 0.957 x 1.5 x 0.957 mm."""
import array
import pathlib
import plistlib
import subprocess
import sys
import tarfile
import tempfile

PACKAGE = "invesalius-examples"


def fetched(folder):
    """The .inv3 of the package, unpacked in a folder."""
    for command in (["apt-get", "download", PACKAGE], ["sh", "-c", f"dpkg-deb -x {PACKAGE}_*.deb unpacked"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed, so that there is no head here:\n{done.stderr.strip()}")
    found = sorted(pathlib.Path(folder).rglob("Cranium.inv3"))
    if not found:
        sys.exit(f"{PACKAGE} has no Cranium.inv3")
    return found[0]


def read(path):
    """Shape (slices, rows, columns), spacing (across, along, slices) and voxels of an InVesalius project."""
    with tarfile.open(path) as tar:
        def member(ending):
            names = [m for m in tar.getmembers() if m.name.endswith(ending)]
            if len(names) != 1:
                sys.exit(f"{path}: {ending} stands {len(names)} times in it, expected once")
            return tar.extractfile(names[0]).read()
        matrix = plistlib.loads(member("main.plist"))
        shape, spacing = matrix["matrix"]["shape"], matrix["spacing"]
        values = array.array("h")
        values.frombytes(member("matrix.dat"))
    if len(values) != shape[0] * shape[1] * shape[2]:
        sys.exit(f"{path}: matrix.dat has {len(values)} voxels, not {shape[0]} x {shape[1]} x {shape[2]}")
    return shape, spacing, values


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else fetched(folder)
        (slices, rows, columns), spacing, values = read(path)
    turned = array.array("h")
    for row in range(rows):  # z
        for slice_ in range(slices):  # y
            begin = (slice_ * rows + row) * columns
            turned.extend(values[begin:begin + columns])
    head = (f"ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
            f"DimSize = {columns} {slices} {rows}\nElementSpacing = {spacing[0]} {spacing[2]} {spacing[1]}\n"
            f"ElementType = MET_SHORT\nElementDataFile = LOCAL\n")
    pathlib.Path(sys.argv[1]).write_bytes(head.encode() + turned.tobytes())
    print(f"{sys.argv[1]}: {columns} x {slices} x {rows} voxels of {spacing[0]:.3f} x {spacing[2]:.3f} x {spacing[1]:.3f} mm, "
          f"{min(turned)} to {max(turned)} HU")


if __name__ == "__main__":
    main()
