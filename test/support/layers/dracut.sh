#!/bin/sh
# Puts dracut in the place of initramfs-tools: the two do not go together.
# usage: dracut.sh PACKAGES [APT-OPTION...]
set -eu
packages=$1
shift

# The drivers of the machine that runs the tests are none of its business, and packing hard takes a minute.
mkdir -p /etc/dracut.conf.d
printf '%s\n' 'hostonly="no"' 'compress="cat"' 'dracutmodules="base kernel-modules"' 'drivers="loop"' \
  >/etc/dracut.conf.d/test-bed.conf

apt-get "$@" update
# shellcheck disable=SC2086
apt-get "$@" install $packages
apt-get clean
rm -rf /var/lib/apt/lists/*
