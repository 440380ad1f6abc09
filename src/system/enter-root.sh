# Makes a root all that this process sees, as root in mount and process namespaces of its own, and goes on with a program there.
#
# Arguments: the root; any number of SOURCE NAME, files that are seen as $place/NAME, where nobody may write to them; --; the
#   command line.
# Environment: place, a folder below /run.
# Nothing is undone: the mounts go with the namespace.
set -e
umask 022
# What is mounted below the root, as /boot may be, comes along.
mount --rbind "$1" "$1"
cd "$1"
shift
for folder in proc dev run tmp; do
  [ -d "$folder" ] || mkdir "$folder"
done
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs run
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs tmp
mount -t tmpfs -o mode=755,nosuid,noexec tmpfs dev
# In a user namespace nobody makes devices.
for device in null zero full random urandom tty; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr

while [ "$1" != -- ]; do
  # shellcheck disable=SC2154 # given by the environment
  file=.$place/$2
  mkdir -p "${file%/*}"
  : >"$file"
  mount --bind "$1" "$file"
  mount -o remount,bind,ro "$file"
  shift 2
done
shift

# What it is moved over is out of reach, and the root is no mere chroot(2), in which no sandbox could be made as usual.
mount --move . /
exec chroot . "$@"
