#!/bin/sh
# uname(1) for the programs of a build: where it would name the kernel that runs, it names the one that is built for.
#
# Environment: KMODSMITH_RELEASE, that kernel's release. Arguments and exit status are those of the real one.
set -f
# What kbuild asks for most often takes no other program.
[ "$*" != -r ] || { echo "$KMODSMITH_RELEASE" && exit; }
said=$(command -p uname "$@") || exit
running=$(command -p uname -r)
line=
for word in $said; do
  [ "$word" != "$running" ] || word=$KMODSMITH_RELEASE
  line="$line${line:+ }$word"
done
printf '%s\n' "$line"
