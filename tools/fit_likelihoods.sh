#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the shipped likelihoods anew from our own simulation: the hits from seeds, then the fit. A few minutes on a quiet
# core; what is there already in data/ is not simulated again, so remove it when the simulation has changed.
#   tools/fit_likelihoods.sh build/release/bin [bergen-dtc bergen-dtc-helium gate-3mm-al groningen-w]
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1
shift
[ $# -eq 0 ] && set -- bergen-dtc bergen-dtc-helium gate-3mm-al groningen-w
mkdir -p data likelihoods

simulate() {  # output, options …
  [ -f "$1" ] || "$bin/difftrack" simulate -q -o "$1" "${@:2}"
}
fit() {  # name, detector, sentence, options and files …
  "$bin/difftrack" fit-likelihood -d "$2" --source "$3" -o "likelihoods/$1.safetensors" "${@:4}"
}

for name in "$@"; do
  files=()
  case $name in
    bergen-dtc)
      for water in 50 100 150 200 250; do
        file=data/likelihood_bergen_$water.npz
        simulate "$file" --phantom water:$water --primaries 40000 --seed 71$water
        files+=("$file")
      done
      fit bergen-dtc bergen-dtc "difftrack simulate, 230 MeV, 50 to 250 mm of water, 40,000 protons each" "${files[@]}" ;;
    bergen-dtc-helium)
      for water in 50 100 150 200 250; do
        file=data/likelihood_helium_$water.npz
        simulate "$file" --particle helium --phantom water:$water --primaries 20000 --seed 74$water
        files+=("$file")
      done
      fit bergen-dtc-helium bergen-dtc "difftrack simulate, 4He of 230 MeV/u, 50 to 250 mm of water, 20,000 each" \
        --particle helium "${files[@]}" ;;
    gate-3mm-al)
      beam=(--detector gate-3mm-al --energy 250 --sigma 0 --divergence 0 --emittance 0)
      for water in 150 200 250; do
        file=data/likelihood_gate_$water.npz
        simulate "$file" "${beam[@]}" --phantom water:$water --primaries 30000 --seed 72$water
        files+=("$file")
      done
      fit gate-3mm-al gate-3mm-al "difftrack simulate, 250 MeV, 150 to 250 mm of water, 30,000 protons each" \
        --beam-energy 250 "${files[@]}" ;;
    groningen-w)
      beam=(--detector groningen-w --phantom none --sigma 0 --divergence 11.5mrad --emittance 0 --energy-spread 2)
      for energy in 120 140 160 180 200; do
        file=data/likelihood_groningen_$energy.npz
        simulate "$file" "${beam[@]}" --energy $energy --primaries 20000 --seed 73$energy
        files+=("$file")
      done
      fit groningen-w groningen-w "difftrack simulate, no phantom, 120 to 200 MeV, 20,000 protons each" \
        --beam-energy 160 "${files[@]}" ;;
    *) echo "tools/fit_likelihoods.sh: no recipe for $name" >&2; exit 2 ;;
  esac
done
