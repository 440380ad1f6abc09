#!/bin/sh
# Installs the headers of five kernels, and unpacks the sources of real module packages without registering any.
# usage: corpus.sh PACKAGES [APT-OPTION...]
set -eu
packages=$1
shift
store=/var/cache/corpus
sources=/etc/apt/sources.list.d/corpus.sources
pins=/etc/apt/preferences.d/corpus
mkdir -p $store

# 6.1 comes from the release before, 7.x from backports; everything else from the release itself.
sed -e 's/^Suites: trixie .*/Suites: trixie-backports bookworm bookworm-updates/' \
  -e 's/^Suites: trixie-security/Suites: bookworm-security/' /etc/apt/sources.list.d/debian.sources >$sources
printf 'Package: *\nPin: release n=%s\nPin-Priority: 100\n\n' 'bookworm*' trixie-backports >$pins
apt-get "$@" update

newest() { # the newest headers package whose name matches
  apt-cache search --names-only "$1" | cut -d ' ' -f 1 | sort -V | tail -n 1
}
old=$(newest '^linux-headers-6\.1\.0-[0-9]+-amd64$')
cloud=$(newest '^linux-headers-6\.12\.[0-9]+\+deb13-cloud-amd64$')
new=$(newest '^linux-headers-7\.[0-9.]+\+deb13-amd64$')
# libelf-dev is the only dependency of the packages that a build could need.
apt-get "$@" install "$old" "$cloud" "$new" /var/cache/test-debs/linux-headers-*.deb libelf-dev openssl
# One key for all, so that equal modules have equal signatures.
openssl req -new -x509 -newkey rsa:2048 -nodes -days 36500 -subj '/CN=corpus/' -outform DER \
  -keyout $store/mok.key -out $store/mok.pub 2>/dev/null

release() { # the kernel of the test-debs whose headers package matches
  find /var/cache/test-debs -name "$1" -exec dpkg-deb -f '{}' Package \; | sed 's/^linux-headers-//'
}
entries() { # separates the lines of stdin with commas
  sed '$!s/$/,/'
}
fields() { # name and version as the dkms.conf says
  # shellcheck disable=SC2016 # for bash
  bash -c '. "$1" >/dev/null && printf "\"name\": \"%s\", \"moduleVersion\": \"%s\"" "$PACKAGE_NAME" "$PACKAGE_VERSION"' \
    fields "$1"
}

cd "$(mktemp -d)"
# shellcheck disable=SC2086
apt-get "$@" download $packages
{
  printf '{\n"kernels": {\n'
  printf '"%s": "%s"\n' 6.1 "${old#linux-headers-}" \
    6.12 "$(release 'linux-headers-6.12.*deb13-amd64_*')" \
    6.12-rt "$(release 'linux-headers-6.12.*deb13-rt-amd64_*')" \
    6.12-cloud "${cloud#linux-headers-}" 7 "${new#linux-headers-}" | entries
  printf '},\n"packages": {\n'
  for package in $packages; do
    dpkg-deb --fsys-tarfile "${package}"_*.deb | tar -x -C / ./usr/src
    conf=$(dpkg-deb --fsys-tarfile "${package}"_*.deb | tar -t | sed -n 's,^\.\(/usr/src/[^/]*/dkms\.conf\)$,\1,p')
    printf '"%s": {"version": "%s", %s}\n' "$package" "$(dpkg-deb -f "${package}"_*.deb Version)" "$(fields "$conf")"
  done | entries
  printf '}\n}\n'
} >$store/corpus.json

rm -rf "$PWD" $sources $pins /var/lib/apt/lists/*
apt-get clean
