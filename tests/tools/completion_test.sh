#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What bash proposes for difftrack: commands, options of a command, choices of an option.
#   tests/tools/completion_test.sh SOURCE_FOLDER PROGRAM_FOLDER
set -euo pipefail
PATH=$2:$PATH
source "$1/tools/difftrack.bash"

# expect TEXT WORDS…: TEXT is proposed for the last of WORDS.
expect() {
  local text=$1
  shift
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  _difftrack
  printf '%s\n' "${COMPREPLY[@]}" | grep -qxF -- "$text" ||
    { echo "'$*' proposes no '$text' but: ${COMPREPLY[*]}"; exit 1; }
}
# refuse TEXT WORDS…: it is not.
refuse() {
  if (expect "$@" > /dev/null); then echo "'${*:2}' proposes '$1'"; exit 1; fi
}
expect reconstruct difftrack rec
refuse evaluate difftrack rec
expect train difftrack tr
expect train-emulator difftrack train-
expect roll-out difftrack aerosol ro
expect --spin-up difftrack aerosol roll-out --sp
expect logarithms difftrack train-emulator published --form lo
expect shared difftrack train-agent track --assignment sh
expect tune difftrack tu
expect thompson difftrack tune --acquisition th
expect --per-frame difftrack reconstruct --per
expect --output difftrack simulate --ou
expect --no-convergent difftrack simulate --no-
refuse --output difftrack simulate --per
expect joint difftrack reconstruct --method jo
expect combined difftrack reconstruct --method ""
refuse joint difftrack reconstruct --method ne
expect hessian difftrack study he
refuse --models difftrack study --mo
expect --models difftrack study hessian --mo
expect running difftrack study hessian --hessian-norm ru
expect simulate difftrack aerosol si
echo "commands, options and choices are proposed"
