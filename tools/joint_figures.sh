#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The figures of docs/joint.md and docs/limit.md that come from files of hits: one line per file and density. Complete
# frames; the rows say published purity and efficiency, strict ones, complete events, each with its 95 % interval.
#   tools/joint_figures.sh build/release/bin GEANT4_FOLDER [GATE_FILE]
# GEANT4_FOLDER has bergen_dtc_water{100,150,200}_230MeV.npz and bergen_dtc_water100_small_cuts.npz. A few minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1 geant4=$2 gate=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

row() {  # label, evaluate's lines of: density, file, options …
  "$bin/difftrack" reconstruct -q --method joint --no-keep-partial --per-frame "$2" -o "$work/t" "${@:3}" 2> "$work/warnings" || {
    cat "$work/warnings" >&2
    exit 1
  }
  printf '%-44s %4s  ' "$1" "$2"
  "$bin/difftrack" evaluate "$work/t.npz" | grep -m1 ' joint ' | sed 's/^.* joint  *[0-9]*  *[0-9]*  //'
}

water100=$geant4/bergen_dtc_water100_230MeV.npz
for density in 50 150 300 500; do
  row "100 mm, default" $density "$water100"
  row "100 mm, every track" $density "$water100" --min-track-confidence 0
  row "100 mm, every link and track" $density "$water100" --min-confidence 0 --min-track-confidence 0
done
for water in 150 200; do
  for density in 50 150; do row "$water mm" $density "$geant4/bergen_dtc_water${water}_230MeV.npz"; done
done
row "100 mm, clusters of pixels" 100 "$water100" --hits pixels
row "100 mm, merged" 100 "$water100"
row "small cuts, merged" 100 "$geant4/bergen_dtc_water100_small_cuts.npz"
row "small cuts, clusters of pixels" 100 "$geant4/bergen_dtc_water100_small_cuts.npz" --hits pixels
[ -z "$gate" ] || row "GATE, 3 mm aluminium, 250 mm" 100 "$gate" --detector gate-3mm-al --beam-energy 250 --phantom-centre-z -125
