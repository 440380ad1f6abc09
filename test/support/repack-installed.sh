#!/bin/sh
# Makes the .deb of a package from its files as they are installed.
# usage: repack-installed.sh PACKAGE FILE
set -eu
package=$1
file=$2
tree=$(mktemp -d)

dpkg-query --listfiles "$package" | while read -r path; do
  if [ -L "$path" ] || [ -f "$path" ]; then printf '%s\n' "${path#/}"; fi
done >"$tree.list"
tar --create --directory / --files-from "$tree.list" | tar --extract --directory "$tree"

mkdir "$tree/DEBIAN"
for script in preinst postinst prerm postrm triggers conffiles; do
  [ ! -e "/var/lib/dpkg/info/$package.$script" ] || cp -p "/var/lib/dpkg/info/$package.$script" "$tree/DEBIAN/$script"
done
dpkg-query --status "$package" | sed -e '/^Status: /d' -e '/^Conffiles:/,/^[^ ]/{/^Conffiles:/d;/^ /d}' >"$tree/DEBIAN/control"

dpkg-deb --root-owner-group -Znone --build "$tree" "$file"
rm -r "$tree" "$tree.list"
