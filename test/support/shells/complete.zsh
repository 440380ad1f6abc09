# usage: zsh -f complete.zsh FILE LINE
# Types LINE and the tab key into an interactive zsh and prints the candidates that it then has.
zmodload zsh/zpty
setup=$(mktemp)
cat >$setup <<'END'
PROMPT=
zle_bracketed_paste=()
autoload -Uz compinit
compinit -u -C -d ~/.zcompdump
bindkey '^I' complete-word
compadd() {
  if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
    local -a hits
    builtin compadd -A hits "$@"
    (( $#hits )) && print -rl -- "HIT:"$^hits
  fi
  builtin compadd "$@"
}
finish() { print -r -- DONE; exit }
comppostfuncs=(finish)
END
print -r -- "source ${(q)1}" >>$setup
print -r -- 'print -r -- REA""DY' >>$setup
zpty shell env TERM=dumb zsh -f -i
zpty -w shell "source ${(q)setup}"
while zpty -r shell got && [[ $got != *READY* ]]; do :; done
zpty -w -n shell "$2"$'\t'
while zpty -r shell got; do
  got=${${got//$'\r'}%$'\n'}
  [[ $got == *HIT:* ]] && print -r -- "${got#*HIT:}"
  [[ $got == *DONE* ]] && break
done
rm -f $setup
