#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The table of likelihoods in docs/policy.md: one line per likelihood and density, of complete frames: published purity and
# efficiency, strict ones, complete events, each with its 95 % interval.
#   tools/policy_figures.sh build/release/bin HITS.npz [OPTIONS OF fit-likelihood AND reconstruct …]
# Likelihoods: the shipped one; fitted to these hits with truth; to these hits without, beginning with physics alone; with
# the shipped one; and with one that was fitted at a wrong energy and thickness (own simulation, 150 MeV, 20 mm), also
# with the secondaries of the beginning kept. Then the policy without parameters.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1 hits=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fit() {  # name, options …
  "$bin/difftrack" fit-likelihood -q --per-frame 50 "$hits" -o "$work/$1.safetensors" "${@:2}"
}
row() {  # label, likelihood, options …
  for density in 50 100 150 300; do
    "$bin/difftrack" reconstruct -q --method "${method:-joint}" --no-keep-partial --per-frame $density "$hits" -o "$work/t" --likelihood "$2" "${@:3}" 2> "$work/warnings" || {
      cat "$work/warnings" >&2
      exit 1
    }
    printf '%-36s %4s  ' "$1" $density
    "$bin/difftrack" evaluate "$work/t.npz" | tail -n 1 | sed -E "s/^.* +$density +[0-9]+ +([0-9.]+ \\[)/\\1/"
  done
}

"$bin/difftrack" simulate -q --energy 150 --phantom water:20 --primaries 5000 --seed 31 -o "$work/wrong.npz"
"$bin/difftrack" fit-likelihood -q --beam-energy 150 "$work/wrong.npz" -o "$work/wrong.safetensors"
fit truth "$@"
fit physics --without-truth "$@"
fit shipped --without-truth --start bergen-dtc "$@"
fit wrong-start --without-truth --start "$work/wrong.safetensors" "$@"
fit shipped-kept --without-truth --start bergen-dtc --keep-secondaries "$@"
fit wrong-kept --without-truth --start "$work/wrong.safetensors" --keep-secondaries "$@"
row "shipped (own simulation)" bergen-dtc "$@"
row "these hits, with truth" "$work/truth.safetensors" "$@"
row "wrong energy and thickness" "$work/wrong.safetensors" "$@"
row "without truth, from physics" "$work/physics.safetensors" "$@"
row "without truth, from shipped" "$work/shipped.safetensors" "$@"
row "the same, secondaries kept" "$work/shipped-kept.safetensors" "$@"
row "without truth, from wrong" "$work/wrong-start.safetensors" "$@"
row "the same, secondaries kept" "$work/wrong-kept.safetensors" "$@"
row "from physics, no cut on tracks" "$work/physics.safetensors" --min-track-confidence 0 "$@"
row "with truth, no cut on tracks" "$work/truth.safetensors" --min-track-confidence 0 "$@"
method=policy row "policy without parameters, shipped" bergen-dtc "$@"
method=policy row "policy, without truth" "$work/physics.safetensors" "$@"
