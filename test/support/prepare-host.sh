#!/bin/sh
# Installs what the tests need on a Debian host, and says what it does. Runs before `npm test` and by the set-up of
# the system tests; without root, or elsewhere, it leaves the tests to say what they miss.
set -eu

packages='bash bubblewrap busybox-static cpio debian-archive-keyring debootstrap fish gcc kmod libc6-dev make
libarchive-tools man-db mandoc mount qemu-system-x86 rpm shellcheck util-linux xz-utils zsh zstd'

if ! command -v dpkg-query >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "host: not prepared, that takes root on Debian"
  exit 0
fi

missing=
for package in $packages; do
  # shellcheck disable=SC2016 # dpkg-query(1) writes fields like this
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || :)
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "host: installing$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get --quiet=2 update
# shellcheck disable=SC2086 # a list of words
apt-get --quiet=2 install --yes --no-install-recommends $missing >/dev/null
