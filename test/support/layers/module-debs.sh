#!/bin/sh
# Keeps the .deb files of real module packages, with all but dkms installed that they depend on.
# usage: module-debs.sh PACKAGES [APT-OPTION...]
set -eu
packages=$1
shift
store=/var/cache/module-debs
mkdir -p $store
cd $store

apt-get "$@" update
# shellcheck disable=SC2086
needed=$(apt-get --simulate install $packages | sed -n 's/^Inst \([^ ]*\) .*/\1/p' | grep -Ev '^dkms$|-dkms$' || :)
# shellcheck disable=SC2086
apt-get "$@" install $needed
# shellcheck disable=SC2086
apt-get "$@" download $packages

# A name without the version, so that whoever wants a package needs no list.
for package in $packages; do mv "$package"_*.deb "$package.deb"; done

apt-get clean
rm -rf /var/lib/apt/lists/*
