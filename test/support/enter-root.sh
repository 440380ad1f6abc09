#!/bin/sh
# Mounts an overlay in the mount and pid namespace this script was started in, then runs a command on it.
# usage: enter-root.sh pivot|chroot|stay MOUNT-POINT OVERLAY-OPTIONS COMMAND [ARGUMENT...]
# pivot and chroot run the command inside the root; stay leaves it on the host, with the mount.
set -eu
mode=$1 root=$2 overlay=$3
shift 3

mount -t overlay -o "$overlay" overlay "$root"
if [ "$mode" = stay ]; then
  "$@"
  exit
fi

cd "$root"
# What another root is on the host, this one sees as a folder.
if [ -n "${KMODSMITH_BESIDE-}" ]; then
  mkdir -p srv/image
  mount --rbind "$KMODSMITH_BESIDE" srv/image
fi
mount --all --fstab "${0%/*}/root.fstab"
# Made once for a root: each process that is started here costs a few milliseconds, and roots are entered thousands of times.
devices=$root.devices
if [ ! -d "$devices" ]; then
  mkdir -p "$devices/shm"
  cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty "$devices"
  ln -s pts/ptmx "$devices/ptmx"
  ln -s /proc/self/fd "$devices/fd"
  ln -s /proc/self/fd/0 "$devices/stdin"
  ln -s /proc/self/fd/1 "$devices/stdout"
  ln -s /proc/self/fd/2 "$devices/stderr"
fi
cp -a "$devices/." dev

# This shell stays the first process of the namespace: whatever the command leaves running dies with it,
# and the command itself keeps the ordinary signal behaviour that a first process does not have.
if [ "$mode" = pivot ]; then
  pivot_root . mnt
  cd /
  umount -l mnt
  env -i "$@"
else
  chroot . env -i "$@"
fi
