#!/bin/sh
# Installs kernel images with all that their headers depend on, and keeps the headers' .deb files.
# usage: kernels.sh IMAGE-METAPACKAGES [APT-OPTION...]
set -eu
metapackages=$1
shift
store=/var/cache/test-debs
mkdir -p $store
cd $store

dependencies() { # the plain names a package depends on
  apt-cache depends --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$1" |
    sed -n 's/^ *|\{0,1\}Depends: \([a-z0-9].*\)/\1/p'
}

apt-get "$@" update
# shellcheck disable=SC2086
apt-get "$@" install $metapackages

releases=$(find /lib/modules -mindepth 1 -maxdepth 1 -printf '%f\n' | sort)
for release in $releases; do
  common=$(dependencies "linux-headers-$release" | grep '^linux-headers-.*-common')
  needed=$(
    {
      dependencies "linux-headers-$release"
      dependencies "$common"
    } | grep -Ev '^linux-(headers|image)-' | sort -u
  )
  # shellcheck disable=SC2086
  apt-get "$@" install $needed
  apt-get "$@" download "linux-headers-$release" "$common"
done

# The real dkms, to compare with: its dependencies are installed, itself is not.
needed=$(apt-get --simulate install v4l2loopback-dkms | sed -n 's/^Inst \([^ ]*\) .*/\1/p' | grep -v dkms)
# shellcheck disable=SC2086
apt-get "$@" install $needed
apt-get "$@" download dkms v4l2loopback-dkms

entries() { # separates the lines of stdin with commas
  sed '$!s/$/,/'
}
{
  printf '{\n"kernels": [\n'
  for release in $releases; do
    common=$(dependencies "linux-headers-$release" | grep '^linux-headers-.*-common')
    version=$(dpkg-query -W -f '${Version}' "linux-image-$release")
    printf '{"release": "%s", "version": "%s", "image": "%s", "headers": "%s", "common": "%s"}\n' \
      "$release" "$version" "linux-image-$release" "linux-headers-$release" "$common"
  done | entries
  printf '],\n"debs": {\n'
  for file in *.deb; do
    printf '"%s": {"version": "%s", "file": "%s"}\n' "$(dpkg-deb -f "$file" Package)" \
      "$(dpkg-deb -f "$file" Version)" "$store/$file"
  done | entries
  printf '}\n}\n'
} >kernels.json

apt-get clean
rm -rf /var/lib/apt/lists/*
