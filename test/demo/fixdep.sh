#!/bin/sh
# fixdep DEPFILE TARGET COMMAND: prints what kbuild's own fixdep (scripts/basic/fixdep.c) prints, less its
# bookkeeping of configuration symbols.
target=$2
command=$3
# shellcheck disable=SC2046 # the paths of the demo hold no blanks
set -- $(sed 's/^[^:]*://; s/\\$//' "$1")
source=$1
shift
printf 'savedcmd_%s := %s\n\nsource_%s := %s\n\n' "$target" "$command" "$target" "$source"
printf 'deps_%s := \\\n' "$target"
printf '  %s \\\n' "$@"
# shellcheck disable=SC2016 # the dollar is make's
printf '\n%s: $(deps_%s)\n' "$target" "$target"
