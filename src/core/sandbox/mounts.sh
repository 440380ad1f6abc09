# Makes what a sandboxed program sees, as root in namespaces of its own, and goes on with what comes after `--`.
#
# Arguments: any number of `rw|ro SOURCE TARGET`, folders that it sees besides; --; words that lower the privileges, and
#   the command line.
# Nothing is undone: the mounts go with the namespace. Whatever fails ends it, for a sandbox is tight or none.
set -e
umask 022
here=$(pwd -P)
# Everything to come is below /tmp: a root that is no mount point cannot be changed in place.
mount -t proc -o nosuid,nodev,noexec proc /proc
mount --rbind / /tmp
mount -t tmpfs tmpfs /sys

count=0
for word; do
  [ "$word" != -- ] || break
  count=$((count + 1))
done
# What is wanted is held on to before it is out of sight.
number=0 mode='' source=''
while [ "$number" -lt "$count" ]; do
  mkdir "/sys/$number"
  eval "mode=\${$((number + 1))} source=\${$((number + 2))}"
  mount --bind "/tmp$source" "/sys/$number"
  [ "$mode" = rw ] || mount -o remount,bind,ro "/sys/$number"
  number=$((number + 3))
done

# What lies under another mount cannot be seen, nor reached; those of the first case do or will.
cp /proc/self/mountinfo /sys/mounts
while read -r _ _ _ _ place _; do
  case $place in
  /tmp/proc/* | /tmp/tmp/* | /tmp/run/* | /tmp/dev/*) ;;
  /tmp | /tmp/*) mount -o remount,bind,ro "$(printf %b "$place")" ;;
  esac
done </sys/mounts

mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs /tmp/tmp
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /tmp/run
mount -t tmpfs -o mode=755,nosuid,noexec tmpfs /tmp/dev
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /tmp/dev
ln -s /proc/self/fd /tmp/dev/fd
ln -s fd/0 /tmp/dev/stdin
ln -s fd/1 /tmp/dev/stdout
ln -s fd/2 /tmp/dev/stderr

number=0
while [ "$1" != -- ]; do
  mkdir -p "/tmp$3"
  mount --move "/sys/$number" "/tmp$3"
  number=$((number + 3))
  shift 3
done
shift
mount -o remount,bind,ro /tmp/run
mount -o remount,bind,ro /tmp/dev

export HOME=/tmp
# shellcheck disable=SC2016 # for the shell inside
exec chroot /tmp sh -c 'cd -- "$0" && exec "$@"' "$here" "$@"
