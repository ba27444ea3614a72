#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a developer runs before committing: format, room order, links, snippets, headers, file sizes, clang-tidy on changed files.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
mkdir -p build
sources=$(git ls-files -co --exclude-standard '*.cpp' '*.hpp')
if ! clang-format --dry-run --Werror $sources 2>build/format.log; then
  echo "format: $(grep -c 'error:' build/format.log) places differ; run: clang-format -i \$(git ls-files '*.cpp' '*.hpp')"
  failed=1
else
  echo "format: all good"
fi
python3 tools/room_order.py . || failed=1
python3 tools/docs_links.py . || failed=1
python3 tools/doxygen.py . build/docs || failed=1
python3 tools/docs_snippets.py . || failed=1
python3 tools/file_sizes.py . || failed=1
base=$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse HEAD)
changed=$(git diff --name-only --diff-filter=d "$base" -- 'difftrack/*.cpp' 'apps/*.cpp')
if [ -n "$changed" ]; then
  [ -f build/dev/compile_commands.json ] || cmake --preset dev >/dev/null
  clang-tidy -p build/dev --quiet $changed 2>/dev/null || failed=1
fi
exit $failed
