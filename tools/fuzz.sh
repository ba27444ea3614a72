#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzzer of a build folder for some seconds each, on the corpus under tests/event/corpus.
#   tools/fuzz.sh build/fuzz 600
set -euo pipefail
build=$1
seconds=$2
for fuzzer in "$build"/bin/fuzz_*; do
  name=$(basename "$fuzzer")
  mkdir -p "$build/corpus/$name"
  kept=tests/event/corpus/${name#fuzz_}
  echo "== $name, $seconds s"
  "$fuzzer" -max_total_time="$seconds" -rss_limit_mb=2048 -artifact_prefix="$build/corpus/$name-" \
    "$build/corpus/$name" $([ -d "$kept" ] && echo "$kept") 2>&1 | tail -n 3
done
