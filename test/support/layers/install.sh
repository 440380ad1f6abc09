#!/bin/sh
# Installs packages.
# usage: install.sh PACKAGES [APT-OPTION...]
set -eu
packages=$1
shift

apt-get "$@" update
# shellcheck disable=SC2086
apt-get "$@" install $packages
apt-get clean
rm -rf /var/lib/apt/lists/*
