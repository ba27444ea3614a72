#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Writes man pages of the programs and commands from their --help, by help2man.
#   tools/man_pages.sh PROGRAM_FOLDER OUTPUT_FOLDER
set -euo pipefail
export LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-0}"
bin=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
version=$("$bin/difftrack" --version)

# page NAME SENTENCE WORDS…: what NAME.1 says of the command line WORDS.
page() {
  local name=$1 sentence=${2//→/to}  # help2man takes its options for Latin-1
  shift 2
  printf '#!/bin/sh\nexec "%s" "$@"\n' "$(printf '%s' "$*" | sed 's/ /" "/g')" > "$scratch/$name"
  chmod +x "$scratch/$name"
  help2man --no-info --name="$sentence" --version-string="${version#* }" --locale=C.UTF-8 --output="$scratch/$name.1" "$scratch/$name"
  # The sentence is the name's already, and 1970 says nothing.
  sed -i -e 's/^\(\.TH [^ ]* "1"\) "[^"]*"/\1 ""/' "$scratch/$name.1"
  mv "$scratch/$name.1" "$out/$name.1"
}

page difftrack "charged-particle tracking, differentiable end to end" "$bin/difftrack"
"$bin/difftrack" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z-]\+\) .*/\1/p' | while read -r command; do
  page "difftrack-$command" "$("$bin/difftrack" "$command" --help | head -1)" "$bin/difftrack" "$command"
done
for program in "$bin"/difftrack-{train,check-gradient,train-emulator,train-agent,physics,study,tune}; do
  if [ -x "$program" ]; then page "$(basename "$program")" "$("$program" --help | head -1)" "$program"; fi
done
