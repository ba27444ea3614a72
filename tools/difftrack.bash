# SPDX-License-Identifier: Apache-2.0
# Completion of difftrack for bash. Commands, options and choices are those of the installed program's own --help.
_difftrack() {
  local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} help choices
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    help=$("$program" --help 2>/dev/null) || return
    mapfile -t COMPREPLY < <(compgen -W "$(sed -n -e '/^Subcommands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' \
      -e '/^Programs of their own:/,/^$/s/^  \([a-z-]*\) .*/\1/p' <<< "$help") --help --version" -- "$word")
    return
  fi
  help=$("$program" "${COMP_WORDS[1]}" --help 2>/dev/null) || return
  if grep -q '^Subcommands:' <<< "$help"; then
    if ((COMP_CWORD == 2)); then
      mapfile -t COMPREPLY < <(compgen -W "$(sed -n '/^Subcommands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' <<< "$help")" -- "$word")
      return
    fi
    help=$("$program" "${COMP_WORDS[1]}" "${COMP_WORDS[2]}" --help 2>/dev/null) || return
  fi
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(grep -oE '^ +-[^ ]+' <<< "$help" | tr ',' '\n' |
      sed -n 's/^ *!\?\(--[a-z0-9-]*\).*/\1/p')" -- "$word")
    return
  fi
  choices=$(grep -oE -- "(^| |,)$before \{[^}]*\}" <<< "$help" | sed 's/.*{\(.*\)}/\1/' | head -1)
  if [[ $before == -* && -n $choices ]]; then
    mapfile -t COMPREPLY < <(compgen -W "${choices//,/ }" -- "$word")
  else
    compopt -o default 2>/dev/null  # files
  fi
}
complete -F _difftrack difftrack
