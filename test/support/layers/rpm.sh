#!/bin/sh
# Makes a system of rpm's, dnf's and zypper's of a Debian: its packages are unknown there, its programs serve.
# usage: rpm.sh PACKAGES [APT-OPTION...]
set -eu
packages=$1
shift

apt-get "$@" update
# shellcheck disable=SC2086
apt-get "$@" install $packages
apt-get clean
rm -rf /var/lib/apt/lists/*

rm -f /etc/os-release
printf '%s\n' 'ID=fedora' 'NAME="Fedora Linux"' >/etc/os-release

# What packages may require that Debian has brought.
work=$(mktemp -d)
cat >"$work/platform.spec" <<'END'
Name: platform
Version: 1
Release: 1
Summary: what is here without rpm
License: GPL-3.0-or-later
BuildArch: noarch
Provides: /bin/sh /bin/bash /usr/bin/node /usr/bin/sh /usr/bin/bash bash coreutils findutils gcc grep kmod make nodejs patch rpm sed
Provides: systemd util-linux util-linux-core which xz zstd
%description
What is here without rpm.
%files
END
rpmbuild --quiet -bb --define "_topdir $work" "$work/platform.spec"
rpm --install --justdb "$work"/RPMS/noarch/*.rpm
rm -r "$work"

mkdir -p /srv/repository /etc/yum.repos.d /etc/zypp/repos.d
createrepo_c --quiet /srv/repository
cat >/etc/yum.repos.d/toys.repo <<'END'
[toys]
name=toys
baseurl=file:///srv/repository
gpgcheck=0
END
cp /etc/yum.repos.d/toys.repo /etc/zypp/repos.d/
cat >/etc/dnf/dnf.conf <<'END'
[main]
plugins=0
clean_requirements_on_remove=False
metadata_expire=0
installonlypkgs=kernel-many kernel-many-devel
installonly_limit=2
END
printf '%s\n' '[main]' 'multiversion = provides:multiversion(kernel)' >/etc/zypp/zypp.conf
