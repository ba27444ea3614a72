#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Training, validation and test steps of the study, from seeds: 230 MeV protons behind 100, 150 and 200 mm of water.
# Files that exist are kept. 20 seconds on two cores.
#   tools/study_data.sh build/release/bin
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p data
for water in 100 150 200; do
  for part in "1 train 100000" "2 validation 5000" "3 test 10000"; do
    read -r seed name primaries <<< "$part"
    file=data/water${water}_$name.npz
    [ -f "$file" ] || "$1/difftrack" simulate -o "$file" --phantom water:$water --primaries "$primaries" --seed "$seed$water"
  done
done
