#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An installed difftrack brings its descriptions and models along and uses those, not the ones of the source tree.
#   tests/tools/install_test.sh CMAKE BUILD_FOLDER
set -euo pipefail
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
"$1" --install "$2" --prefix "$prefix" > /dev/null
cd "$prefix"
for name in bergen-dtc gate-3mm-al groningen-w; do
  test -f share/difftrack/detectors/$name.toml || { echo "detectors/$name.toml is not installed"; exit 1; }
  test -f share/difftrack/models/$name.safetensors || { echo "models/$name.safetensors is not installed"; exit 1; }
  test -f share/difftrack/likelihoods/$name.safetensors || { echo "likelihoods/$name.safetensors is not installed"; exit 1; }
done
test -x share/difftrack/tools/root_to_npz.py || { echo "tools/root_to_npz.py is not installed"; exit 1; }
test -f share/bash-completion/completions/difftrack || { echo "the completion for bash is not installed"; exit 1; }
if command -v help2man > /dev/null; then
  grep -q "per.-frame" share/man/man1/difftrack-reconstruct.1 || { echo "the man pages are not installed"; exit 1; }
fi
bin/difftrack simulate -q --phantom water:100 --primaries 20 -o steps.npz
for method in joint network; do
  folder=$([ $method = joint ] && echo likelihoods || echo models)
  bin/difftrack reconstruct -q steps.npz --method $method -o tracks
  bin/difftrack evaluate tracks.npz --json metrics.json > /dev/null
  grep -q "\"model\": \"$(pwd -P)/share/difftrack/$folder/bergen-dtc.safetensors\"" metrics.json ||
    { echo "another model was used than the installed one:"; grep '"model"' metrics.json; exit 1; }
done
echo "installed, found and used"
