#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The whole chain in a few minutes: simulate, train PTT and from it PAT, reconstruct, and one table that compares them
# with the shipped model, alone and with physics, and with the untrained assignment by straightness, at 50, 100 and 150
# protons per frame. Everything goes to build/demo.
#   tools/demo.sh build/release/bin
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1
out=build/demo
mkdir -p "$out"
start=$SECONDS
step() { printf '\n== %s (%d s)\n' "$1" $((SECONDS - start)); }

step "Simulating protons of 230 MeV behind 100, 150 and 200 mm of water"
for water in 100 150 200; do
  "$bin/difftrack" simulate --phantom water:$water --primaries 8000 --seed $water -o $out/water${water}_train.npz
done
"$bin/difftrack" simulate --phantom water:150 --primaries 1500 --seed 7 -o $out/water150_validation.npz
"$bin/difftrack" simulate --phantom water:100 --primaries 6000 --seed 8 -o $out/water100.npz

step "Training PTT: predict, then track"
rm -rf $out/ptt $out/pat
"$bin/difftrack" train experiments/demo/ptt.toml --out $out/ptt

step "Training PAT from it: through the assignment"
"$bin/difftrack" train experiments/demo/pat.toml --out $out/pat

step "Reconstructing 100 mm of water at 50, 100 and 150 protons per frame"
tables=()
for per_frame in 50 100 150; do
  for model in ptt pat; do
    cp $out/$model/model.safetensors $out/$model.safetensors
    "$bin/difftrack" reconstruct -q $out/water100.npz --model $out/$model.safetensors --per-frame $per_frame -o $out/tracks_${model}_$per_frame
    tables+=($out/tracks_${model}_$per_frame.npz)
  done
  "$bin/difftrack" reconstruct -q $out/water100.npz --method network --per-frame $per_frame -o $out/tracks_shipped_$per_frame
  tables+=($out/tracks_shipped_$per_frame.npz)
  "$bin/difftrack" reconstruct -q $out/water100.npz --per-frame $per_frame -o $out/tracks_joint_$per_frame
  tables+=($out/tracks_joint_$per_frame.npz)
  "$bin/difftrack" reconstruct -q $out/water100.npz --method combined --per-frame $per_frame -o $out/tracks_combined_$per_frame
  tables+=($out/tracks_combined_$per_frame.npz)
  "$bin/difftrack" reconstruct -q $out/water100.npz --method straightness --per-frame $per_frame -o $out/tracks_straight_$per_frame
  tables+=($out/tracks_straight_$per_frame.npz)
done
step "Purity and efficiency"
"$bin/difftrack" evaluate "${tables[@]}" --json $out/metrics.json
cat <<'LEGEND'

ptt, pat             trained above, for minutes only; every hit must be assigned
bergen-dtc (free)    the model that ships (models/bergen-dtc.md); a hit may stay unassigned
bergen-dtc + physics the same model and the physics of scattering and range together (--method combined)
joint                no network: all hits of a frame decided together, doubtful tracks left out (the default)
straightness         no network: a segment costs its kink angle; every hit must be assigned
p+/F                 protons per frame; docs/track.md says what the other columns count
LEGEND
printf '\nDone in %d s. Tracks, models and metrics.json are in %s.\n' $((SECONDS - start)) "$out"
