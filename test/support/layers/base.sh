#!/bin/sh
# Turns a fresh debootstrap tree into a test base, inside it.
# usage: base.sh SUITE ARCHIVE SECURITY PACKAGES [APT-OPTION...]
set -eu
suite=$1 archive=$2 security=$3 packages=$4
shift 4

printf '%s\n' 'exit 101' | sed '1i #!/bin/sh' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d

rm -f /etc/apt/sources.list
cat >/etc/apt/sources.list.d/debian.sources <<END
Types: deb
URIs: $archive
Suites: $suite $suite-updates
Components: main contrib non-free
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: $security
Suites: $suite-security
Components: main contrib non-free
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
cat >/etc/apt/apt.conf.d/90test-bed <<'END'
APT::Install-Recommends "false";
APT::Get::Assume-Yes "true";
Acquire::Languages "none";
Dpkg::Use-Pty "false";
END
# Only while the base is made: what tests install is unpacked whole.
cat >/etc/dpkg/dpkg.cfg.d/90test-bed <<'END'
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
END

# Real initramfs images with a short list of modules: the default, all drivers, costs most of a minute each,
# and "dep" needs a root device, which a root does not have.
mkdir -p /etc/initramfs-tools/conf.d
printf '%s\n' 'MODULES=list' 'COMPRESS=gzip' >/etc/initramfs-tools/conf.d/test-bed

apt-get "$@" update
apt-get "$@" dist-upgrade
# shellcheck disable=SC2086
apt-get "$@" install $packages
rm /etc/dpkg/dpkg.cfg.d/90test-bed
apt-get clean
rm -rf /var/lib/apt/lists/*
