# Evaluates dkms.conf and framework.conf files as what they are: bash (dkms(8), DKMS.CONF). One bash process serves all.
#
# Arguments: the names of the variables to report.
# stdin: NUL-separated; the number of PATH and TEXT of files that we may not be allowed to read, these, the number of paths
#   that are wanted, these; per request the number of NAME=value settings made before, these, the number of files, these,
#   the number of NAME=value settings that win over the files, these.
# stdout: NUL-separated records of four fields:
#   hidden PATH '' ''         a wanted path cannot be looked at
#   started '' '' ''          all that follows may be made up by a file
#   value NAME INDEX VALUE    a reported variable, while a request is evaluated
#   end '' '' ''              the last file was read to its end
#   said TEXT STATUS SECONDS  closes a request: what it wrote to stderr, how its subshell ended, and how old we are then
# All names are ours alone, and what runs after a file names the builtins as such: a dkms.conf may define any other
# variable or function.
kmodsmith_names=("$@")
mapfile -d '' -t kmodsmith_fields
exec </dev/null 9>&1
kmodsmith_position=0

kmodsmith_take() {
  local count=${kmodsmith_fields[kmodsmith_position]}
  kmodsmith_taken=("${kmodsmith_fields[@]:kmodsmith_position+1:count}")
  kmodsmith_position=$((kmodsmith_position + 1 + count))
}

kmodsmith_evaluate() {
  local kmodsmith_item
  builtin unset "${kmodsmith_names[@]}"
  for kmodsmith_item in "${kmodsmith_settings[@]}"; do
    printf -v "${kmodsmith_item%%=*}" '%s' "${kmodsmith_item#*=}"
  done
  for kmodsmith_item in "${kmodsmith_files[@]}"; do
    kmodsmith_remember
    # For dkms, `set -e` in a file ends nothing.
    # shellcheck disable=SC1090 # the files are the input
    if [[ -r $kmodsmith_item || ! ${kmodsmith_texts[$kmodsmith_item]} ]]; then
      . "$kmodsmith_item" 9>&- || builtin :
    else
      . <(builtin printf %s "${kmodsmith_texts[$kmodsmith_item]}" 9>&-) 9>&- || builtin :
    fi
    builtin set +efuxET
    builtin trap - DEBUG ERR RETURN
    builtin unset IFS
    kmodsmith_restore
  done
  for kmodsmith_item in "${kmodsmith_winners[@]}"; do
    [[ $kmodsmith_item =~ ^[A-Za-z_][A-Za-z0-9_]*= ]] || builtin continue
    builtin printf -v "${kmodsmith_item%%=*}" '%s' "${kmodsmith_item#*=}" 2>/dev/null
  done
  kmodsmith_report
}

# An override can empty what the files before it have set, but not unset it (dkms-compat.md section 2.2).
kmodsmith_remember() {
  builtin local kmodsmith_name kmodsmith_index
  kmodsmith_kept=()
  for kmodsmith_name in "${kmodsmith_names[@]}"; do
    builtin local -n kmodsmith_array="$kmodsmith_name"
    for kmodsmith_index in "${!kmodsmith_array[@]}"; do
      kmodsmith_kept+=("${kmodsmith_name}[$kmodsmith_index]=${kmodsmith_array[$kmodsmith_index]}")
    done
    builtin unset -n kmodsmith_array
  done
}

kmodsmith_restore() {
  builtin local kmodsmith_entry
  for kmodsmith_entry in "${kmodsmith_kept[@]}"; do
    [[ -v ${kmodsmith_entry%%=*} ]] || builtin printf -v "${kmodsmith_entry%%=*}" '%s' "${kmodsmith_entry#*=}"
  done
}

kmodsmith_report() {
  builtin local kmodsmith_name kmodsmith_index kmodsmith_value kmodsmith_second
  for kmodsmith_name in "${kmodsmith_names[@]}"; do
    builtin local -n kmodsmith_array="$kmodsmith_name"
    for kmodsmith_index in "${!kmodsmith_array[@]}"; do
      kmodsmith_value=${kmodsmith_array[$kmodsmith_index]}
      if [[ $kmodsmith_value == *[\$\`\\]* ]]; then
        kmodsmith_second=''
        kmodsmith_second=$(kmodsmith_expand 2>/dev/null 9>&-) && kmodsmith_value=$kmodsmith_second
      fi
      builtin printf '%s\0' value "$kmodsmith_name" "$kmodsmith_index" "$kmodsmith_value" >&9
    done
    builtin unset -n kmodsmith_array
  done
  builtin printf '%s\0' end '' '' '' >&9
}

# dkms evaluates every value twice, and real files rely on it: '$kernelver' in single quotes, "\$kernel_source_dir".
# A value with bare quotes dkms loses; for us they stand for themselves, as in a here-document.
kmodsmith_expand() {
  if [[ ${kmodsmith_value//\\?/} != *\"* ]]; then
    builtin eval "kmodsmith_second=\"$kmodsmith_value\" || :" || builtin return
  else
    builtin eval "IFS= builtin read -r -d '' kmodsmith_second <<kmodsmith_end_of_value
$kmodsmith_value
kmodsmith_end_of_value
"
    [[ $kmodsmith_second ]] || builtin return
  fi
  builtin printf %s "$kmodsmith_second"
}

# All that comes, at most 64 KiB of it: a file that floods stderr must not fill our memory. Nor need we wait for what a
# file has started in the background.
kmodsmith_listen() {
  local part status
  kmodsmith_said=
  while :; do
    IFS= read -r -t 0.5 -N 65536 part
    status=$?
    kmodsmith_said+=$part
    ((status <= 128)) || ! kill -0 "$!" 2>/dev/null || continue
    break
  done
  ((status != 0)) || cat >/dev/null
}

declare -A kmodsmith_texts=()
kmodsmith_take
for ((kmodsmith_item = 0; kmodsmith_item < ${#kmodsmith_taken[@]}; kmodsmith_item += 2)); do
  kmodsmith_texts[${kmodsmith_taken[kmodsmith_item]}]=${kmodsmith_taken[kmodsmith_item + 1]}
done
kmodsmith_take
for kmodsmith_item in "${kmodsmith_taken[@]}"; do
  [[ -r $kmodsmith_item && (! -d $kmodsmith_item || -x $kmodsmith_item) ]] || printf '%s\0' hidden "$kmodsmith_item" '' '' >&9
done
printf '%s\0' started '' '' '' >&9

while ((kmodsmith_position < ${#kmodsmith_fields[@]})); do
  kmodsmith_take; kmodsmith_settings=("${kmodsmith_taken[@]}")
  kmodsmith_take; kmodsmith_files=("${kmodsmith_taken[@]}")
  kmodsmith_take; kmodsmith_winners=("${kmodsmith_taken[@]}")
  kmodsmith_listen < <(kmodsmith_evaluate 2>&1 >/dev/null)
  wait "$!"
  printf '%s\0' said "$kmodsmith_said" "$?" "$SECONDS" >&9
done
