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
mount -t proc proc proc
# Kernel settings are the host's: nothing in a root may write them.
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 tmpfs dev
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr

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
