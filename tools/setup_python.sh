#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sets up build/python, a Python with uproot in the versions of tools/requirements.txt: for `difftrack convert` and its tests. Where
# no package registry can be reached it says so and leaves with 0: ROOT files alone need it, and their tests are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
environment=build/python
cmp -s tools/requirements.txt $environment/requirements.txt && exit 0

mkdir -p build
pip=("$environment/bin/python3" -m pip --disable-pip-version-check --retries 1 --timeout 20)
if python3 -m venv --clear $environment > build/python.log 2>&1 &&
   "${pip[@]}" install --quiet --only-binary :all: -r tools/requirements.txt >> build/python.log 2>&1; then
  cp tools/requirements.txt $environment/
else
  rm -rf $environment
  echo "No Python with uproot could be set up (build/python.log says why): the tests of ROOT files will be skipped"
fi
