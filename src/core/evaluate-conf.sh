# Evaluates dkms.conf files as what they are: bash (dkms(8), DKMS.CONF). One bash process serves all of them.
#
# Arguments: the names of the variables to report.
# stdin: NUL-separated; per request the number of NAME=value settings, these, the number of files, these.
# stdout: NUL-separated records of four fields:
#   value NAME INDEX VALUE    a reported variable, while a request is evaluated
#   end STATUS '' ''          the last file was read to its end
#   said TEXT '' ''           closes a request: all that it wrote to stderr
names=("$@")
mapfile -d '' -t fields
exec </dev/null 9>&1
position=0

take() { taken=("${fields[@]:position+1:fields[position]}"); position=$((position + 1 + fields[position])); }

evaluate() {
  local setting file status=0
  for setting in "${settings[@]}"; do printf -v "${setting%%=*}" '%s' "${setting#*=}"; done
  unset setting
  for file in "${files[@]}"; do
    # shellcheck disable=SC1090 # the files are the input
    . "$file" 9>&-
    status=$?
  done
  set +eux
  report "$status"
}

report() {
  local kmodsmith_name kmodsmith_index
  for kmodsmith_name in "${names[@]}"; do
    local -n kmodsmith_array=$kmodsmith_name
    for kmodsmith_index in "${!kmodsmith_array[@]}"; do
      builtin printf '%s\0' value "$kmodsmith_name" "$kmodsmith_index" "${kmodsmith_array[kmodsmith_index]}" >&9
    done
    unset -n kmodsmith_array
  done
  builtin printf '%s\0' end "$1" '' '' >&9
}

while ((position < ${#fields[@]})); do
  take; settings=("${taken[@]}")
  take; files=("${taken[@]}")
  said=$(evaluate 2>&1 >/dev/null)
  printf '%s\0' said "$said" '' '' >&9
done
