# usage: fish complete.fish FILE LINE
source $argv[1]
complete -C $argv[2] | string replace -r '\t.*' ''
exit 0
