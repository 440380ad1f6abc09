# Evaluates dkms.conf and framework.conf files as what they are: bash (dkms(8), DKMS.CONF). One bash process serves all.
#
# Arguments: the names of the variables to report.
# stdin: NUL-separated; per request the number of NAME=value settings made before, these, the number of files, these,
#   the number of NAME=value settings that win over the files, these.
# stdout: NUL-separated records of four fields:
#   value NAME INDEX VALUE    a reported variable, while a request is evaluated
#   end '' '' ''              the last file was read to its end
#   said TEXT STATUS ''       closes a request: all that it wrote to stderr, and how its subshell ended
# All names are ours alone: a dkms.conf may define any other variable or function.
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
    # shellcheck disable=SC1090 # the files are the input
    . "$kmodsmith_item" 9>&-
  done
  builtin set +eux
  for kmodsmith_item in "${kmodsmith_winners[@]}"; do
    builtin printf -v "${kmodsmith_item%%=*}" '%s' "${kmodsmith_item#*=}" 2>/dev/null
  done
  kmodsmith_report
}

# dkms evaluates every value twice, and real files rely on it: '$kernelver' in single quotes, "\$kernel_source_dir".
kmodsmith_expand() {
  [[ $kmodsmith_value == *[\$\`\\]* ]] || return
  local kmodsmith_quoted=${kmodsmith_value//\\\"/\"}
  builtin eval "kmodsmith_value=\"${kmodsmith_quoted//\"/\\\"}\"" 2>/dev/null 9>&-
}

kmodsmith_report() {
  local kmodsmith_name kmodsmith_index kmodsmith_value
  for kmodsmith_name in "${kmodsmith_names[@]}"; do
    local -n kmodsmith_array=$kmodsmith_name
    for kmodsmith_index in "${!kmodsmith_array[@]}"; do
      kmodsmith_value=${kmodsmith_array[kmodsmith_index]}
      kmodsmith_expand
      builtin printf '%s\0' value "$kmodsmith_name" "$kmodsmith_index" "$kmodsmith_value" >&9
    done
    builtin unset -n kmodsmith_array
  done
  builtin printf '%s\0' end '' '' '' >&9
}

while ((kmodsmith_position < ${#kmodsmith_fields[@]})); do
  kmodsmith_take; kmodsmith_settings=("${kmodsmith_taken[@]}")
  kmodsmith_take; kmodsmith_files=("${kmodsmith_taken[@]}")
  kmodsmith_take; kmodsmith_winners=("${kmodsmith_taken[@]}")
  kmodsmith_said=$(kmodsmith_evaluate 2>&1 >/dev/null)
  printf '%s\0' said "$kmodsmith_said" "$?" '' >&9
done
