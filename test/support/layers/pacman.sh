#!/bin/sh
# Makes a system of pacman of a Debian: its packages are unknown there, its programs serve.
# usage: pacman.sh PACKAGES [APT-OPTION...]
set -eu
packages=$1
shift

apt-get "$@" update
# shellcheck disable=SC2086
apt-get "$@" install $packages
apt-get clean
rm -rf /var/lib/apt/lists/*

rm -f /etc/os-release
printf '%s\n' 'ID=arch' 'NAME="Arch Linux"' >/etc/os-release
cat >/etc/pacman.conf <<'END'
[options]
Architecture = auto
SigLevel = Never
LocalFileSigLevel = Never

[toys]
Server = file:///srv/repository
END
mkdir -p /srv/repository /etc/pacman.d/hooks /usr/share/libalpm/hooks /usr/share/libalpm/scripts
repo-add --quiet /srv/repository/toys.db.tar.gz

# As Arch's package kmod does.
cat >/usr/share/libalpm/hooks/60-depmod.hook <<'END'
[Trigger]
Type = Path
Operation = Install
Operation = Upgrade
Operation = Remove
Target = usr/lib/modules/*/
Target = !usr/lib/modules/*/?*

[Action]
Description = Updating module dependencies...
When = PostTransaction
Exec = /usr/share/libalpm/scripts/depmod
NeedsTargets
END
cat >/usr/share/libalpm/scripts/depmod <<'END'
#!/bin/sh
while read -r folder; do
  release=$(basename "$folder")
  if [ -e "/$folder/modules.order" ]; then
    depmod "$release"
  else
    rm -f "/$folder"modules.*
    rmdir "/$folder" 2>/dev/null || :
  fi
done
END
chmod 755 /usr/share/libalpm/scripts/depmod
