#!/bin/sh
# Has the dkms of this root install a module, and writes down what can be seen of it, for test/support/observe.ts.
# usage: observe.sh FOLDER NAME VERSION KERNEL DIRECTIVE...
set -eu
folder=$1 name=$2 version=$3 kernel=$4
shift 4
mkdir -p "$folder/modules" /etc/dkms /usr/local/sbin /var/lib/dkms
cp -p /var/cache/corpus/mok.* /var/lib/dkms

# Every dkms evaluates this file last: it writes down what bash knows of the directives by then.
cat >"/etc/dkms/$name.conf" <<CONF
{
  printf 'read\\0%s\\0' "\$kernelver"
  for observed_name in $*; do
    declare -n observed=\$observed_name
    for observed_index in "\${!observed[@]}"; do
      printf '%s[%s]\\0%s\\0' "\$observed_name" "\$observed_index" "\${observed[observed_index]}"
    done
    unset -n observed
  done
} >>$folder/directives
unset observed_name observed_index
CONF

# Found before the real make: writes down the calls that do not come from a make.
cat >/usr/local/sbin/make <<MAKE
#!/bin/sh
[ -n "\$MAKELEVEL" ] || {
  printf 'call\\0%s\\0' "\$PWD"
  [ \$# -eq 0 ] || printf 'arg\\0%s\\0' "\$@"
  printf 'env\\0'
  env -0
} >>$folder/make
exec /usr/bin/make "\$@"
MAKE
chmod 755 /usr/local/sbin/make

installed() {
  find "/lib/modules/$kernel/" \( -type f -o -type l \) -printf '%P %#m\n' | LC_ALL=C sort
}
installed >"$folder/before"
status=0
dkms add "$name/$version" >"$folder/log" 2>&1 || status=$?
: >"$folder/directives" # those for the running kernel, which is none of ours
: >"$folder/make"
dkms install "$name/$version" -k "$kernel" -j 2 >>"$folder/log" 2>&1 || status=$?
printf '%s\n' "$status" >"$folder/status"
installed | LC_ALL=C comm -3 "$folder/before" - | sed -e 's/^\t/+ /; t' -e 's/^/- /' >"$folder/installed"

# Below build/ are leftovers of a failed build, which depend on how far the jobs beside it got.
(cd /var/lib/dkms && find . -mindepth 1 -path '*/build/*' ! -name make.log -o -printf '%P %y %#m %l\n' | LC_ALL=C sort) \
  >"$folder/tree"
cp "/var/lib/dkms/$name/$version/build/make.log" "$folder/make.log" 2>/dev/null ||
  cp "/var/lib/dkms/$name/$version/$kernel"/*/log/make.log "$folder/make.log" 2>/dev/null || :

sed -n 's/^+ \([^ ]*\) .*/\1/p' "$folder/installed" | while read -r path; do
  target=$folder/modules/$(printf %s "$path" | tr / :)
  case $path in
    *.ko.xz) xz -dc "/lib/modules/$kernel/$path" >"${target%.xz}" ;;
    *.ko) cp "/lib/modules/$kernel/$path" "$target" ;;
  esac
done
