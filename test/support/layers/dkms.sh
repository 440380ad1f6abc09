#!/bin/sh
# Adds the distribution's dkms and the kernels' headers, and makes what the differential suite builds from:
# /opt/twins/modules/RELEASE/*.ko, made by the real kbuild, and a short /lib/modules that depmod reads fast.
# usage: dkms.sh PACKAGES [APT-OPTION...]
set -eu
packages=$1
shift
store=/var/cache/test-debs

apt-get "$@" update
# shellcheck disable=SC2086
apt-get "$@" install $packages
apt-get "$@" install $store/linux-headers-*.deb $store/dkms_*.deb
apt-get clean
rm -rf /var/lib/apt/lists/*

source=$(mktemp -d)
specimen() { # NAME VERSION BODY: version "-" for none
  {
    printf '%s\n' '#include <linux/module.h>' 'MODULE_LICENSE("GPL");' 'MODULE_DESCRIPTION("specimen");'
    [ "$2" = - ] || printf 'MODULE_VERSION("%s");\n' "$2"
    printf 'static int knob = %s;\nmodule_param(knob, int, 0444);\n' "$3"
    printf '%s\n' 'static int __init begin(void) { return knob == 99; }' 'module_init(begin);'
    printf '%s\n' 'static void __exit end(void) {}' 'module_exit(end);'
  } >"$source/$1.c"
  printf 'obj-m += %s.o\n' "$1" >>"$source/Kbuild"
}
specimen twin_0_9 0.9 1
specimen twin_1_0 1.0 1
specimen twin_1_0_other 1.0 2
specimen twin_1_1 1.1 1
specimen twin_2_0 2.0 1
specimen twin_10_0 10.0 1
specimen twin_rc 1.0-rc1 1
specimen twin_none - 1
specimen twin_none_other - 2

for folder in /lib/modules/*; do
  release=${folder##*/}
  make -s -C "$folder/build" M="$source" modules
  mkdir -p "/opt/twins/modules/$release"
  mv "$source"/*.ko "/opt/twins/modules/$release"
  make -s -C "$folder/build" M="$source" clean

  kept=$(mktemp -d)
  (cd "$folder" && tar -c kernel/drivers/misc kernel/drivers/net/dummy.ko.xz kernel/drivers/block/loop.ko.xz) |
    tar -x -C "$kept"
  rm -rf "$folder/kernel"
  mv "$kept/kernel" "$folder"
  rm -rf "$kept"
  depmod "$release"
done
rm -rf "$source"

# A key made once: making one costs more than most of what is compared.
mkdir -p /opt/twins/mok
openssl req -new -x509 -newkey rsa:2048 -nodes -days 36500 -subj '/CN=twins/' -outform DER \
  -keyout /opt/twins/mok/mok.key -out /opt/twins/mok/mok.pub 2>/dev/null
