#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the data of the shipped models from seeds and trains them; a run that was stopped goes on where it was.
# About 15 minutes per model on two quiet cores (bergen-dtc: seconds). Results go to runs/NAME; copy model.safetensors
# to models/ by hand, after its figures are in its card.
#   tools/train_models.sh build/release/bin [bergen-dtc gate-3mm-al groningen-w]
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1
shift
[ $# -eq 0 ] && set -- bergen-dtc gate-3mm-al groningen-w
mkdir -p data runs

simulate() {  # output, options …
  [ -f "$1" ] || "$bin/difftrack" simulate -o "$1" "${@:2}"
}

for model in "$@"; do
  case $model in
    bergen-dtc)  # a run of the study, which tools/study.sh trains in 27 minutes
      tools/study_data.sh "$bin" ;;
    gate-3mm-al)
      beam=(--detector gate-3mm-al --phantom water:250 --energy 250 --sigma 0 --divergence 0 --emittance 0)
      simulate data/gate_train.npz "${beam[@]}" --primaries 40000 --seed 11
      simulate data/gate_validation.npz "${beam[@]}" --primaries 3000 --seed 12 ;;
    groningen-w)
      beam=(--detector groningen-w --phantom none --sigma 0 --divergence 11.5mrad --emittance 0 --energy-spread 2)
      for energy in 120 130 140 150 160 170 180 190 200; do
        simulate data/groningen_${energy}_train.npz "${beam[@]}" --energy $energy --primaries 20000 --seed 1$energy
      done
      for energy in 135 155 175 195; do
        simulate data/groningen_${energy}_validation.npz "${beam[@]}" --energy $energy --primaries 3000 --seed 2$energy
      done ;;
    *) echo "tools/train_models.sh: no recipe for $model" >&2; exit 2 ;;
  esac
  "$bin/difftrack" train experiments/models/$model.toml --out runs/$model --resume
done
