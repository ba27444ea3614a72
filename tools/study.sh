#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The published study on our own simulation: data from seeds, then every training run one after the other. A run ends
# at the published number of steps or once its validation curve has been flat for 2,000 steps. Everything goes to
# runs/study; started again after any interruption, it goes on where it was, on another machine from the checkpoints in
# models/study/unfinished. On two quiet cores: data 20 s, a thousand steps 6 minutes (line graph; 15 to 30 minutes per run)
# or 9 minutes (hit graph).
#   tools/study.sh build/release/bin [run …]      runs: ptt_1 pat_lambda_50_1 … (network's settings and seed), hit_graph_ptt_1
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1
shift
[ $# -eq 0 ] && set -- ptt_1 pat_lambda_50_1 ptt_2 pat_lambda_50_2 ptt_3 pat_lambda_50_3 pat_lambda_25_1 pat_lambda_75_1 hit_graph_ptt_1
tools/study_data.sh "$bin"
mkdir -p runs/study

for run in "$@"; do
  settings=${run%_*} seed=${run##*_} network=line_graph
  if [[ $settings == hit_graph_* ]]; then network=hit_graph settings=${settings#hit_graph_}; fi
  if [ ! -d "runs/study/$run" ] && [ -d "models/study/unfinished/$run" ]; then cp -r "models/study/unfinished/$run" runs/study/; fi
  "$bin/difftrack" train experiments/$network/$settings.toml --seed "$seed" --stop-when-flat 2000 --out "runs/study/$run" --resume
done
