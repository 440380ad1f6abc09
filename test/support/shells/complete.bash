# usage: bash complete.bash FILE LINE
# Prints what pressing the tab key at the end of LINE offers, with the completions of FILE. Words are broken as
# readline breaks them.
source "$1"
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDS=() rest=$2
while [[ -n $rest ]]; do
  case $rest in
    ' '*)
      rest=${rest# }
      [[ -n $rest ]] || COMP_WORDS+=('')
      ;;
    [=:]*)
      COMP_WORDS+=("${rest:0:1}")
      rest=${rest:1}
      ;;
    *)
      word=${rest%%[ =:]*}
      COMP_WORDS+=("$word")
      rest=${rest#"$word"}
      ;;
  esac
done
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
"_${2%% *}_completion"
printf '%s\n' "${COMPREPLY[@]}"
