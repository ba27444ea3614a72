#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# PCT (RTK's proton CT, github.com/RTKConsortium/PCT) on our export: its own cuts, binning and back projection, compared
# with 'difftrack image' of the same tracks. PCT is neither on PyPI nor in Debian; its commands have to be in PATH.
#   tools/pct_check.sh TRACKS.npz HULL_RADIUS_MM [WORK]
set -eu
[ $# -ge 2 ] || { sed -n '3,5s/^# *//p' "$0" >&2; exit 2; }
tracks=$(realpath "$1") radius=$2 work=${3:-build/pct_check}
for program in pctpaircuts pctbinning pctfdk rtksimulatedgeometry difftrack python3; do
  command -v "$program" >/dev/null || { echo "skipped: $program is not in PATH" >&2; exit 77; }
done
mkdir -p "$work"
cd "$work"
pixels=180 height=60
difftrack image -q "$tracks" --hull "cylinder:$radius" --pixels $pixels --slice-height $height -o ours.mha
difftrack export -q "$tracks" --hull "cylinder:$radius" -o pairs
square=$(awk "BEGIN { print -($radius) * ($radius) }")
mkdir -p projections
views=0
for pairs in pairs/pairs*.mhd; do
  cut=$(basename "$pairs" .mhd)
  pctpaircuts -i "$pairs" -o "cut.mhd" --dimension=48,1 --spacing=4,$height --robust
  pctbinning -i cut.mhd -o "projections/${cut#pairs}.mhd" --dimension=$pixels,1,$pixels --spacing=1,$height,1 \
    --quadricIn="1,0,1,0,0,0,0,0,0,$square" --fill
  views=$((views + 1))
done
# Views are spread evenly over a full turn, backwards: GantryAngle is minus the rotation.
rtksimulatedgeometry -o geometry.xml -n "$views" --arc=-360 --sid 1000 --sdd 0
pctfdk -g geometry.xml -p projections -r '.*mhd' -o pct.mha --dimension=$pixels,1,$pixels --spacing=1,$height,1
python3 - <<'PYTHON'
import array, math
def voxels(path):
    head, _, raw = open(path, "rb").read().partition(b"ElementDataFile = LOCAL\n")
    values = array.array("f")
    values.frombytes(raw)
    return values
ours, theirs = voxels("ours.mha"), voxels("pct.mha")[::-1]  # half a turn about y: both axes backwards
n = math.isqrt(len(ours))
body = [i for i in range(n * n) if math.hypot(i % n - (n - 1) / 2, i // n - (n - 1) / 2) < 50]
difference = [theirs[i] - ours[i] for i in body]
mean = sum(difference) / len(body)
rms = math.sqrt(sum(d * d for d in difference) / len(body))
print(f"PCT minus ours within 50 mm of the axis: mean {100 * mean:+.3f} %, rms {100 * rms:.2f} % of water")
PYTHON
