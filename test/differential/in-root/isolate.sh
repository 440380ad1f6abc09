#!/bin/sh
# Gives a scenario its own copy of the system, or takes it away again. No namespace of its own: dkms takes one for a chroot.
# usage: isolate.sh begin|end
set -eu
case $1 in
  begin)
    mount -t tmpfs -o mode=755 tmpfs /run/twins
    for folder in usr etc var opt; do
      mkdir -p "/run/twins/$folder/upper" "/run/twins/$folder/work"
      layers="lowerdir=/$folder,upperdir=/run/twins/$folder/upper,workdir=/run/twins/$folder/work"
      mount -t overlay -o "$layers,redirect_dir=on,metacopy=off,index=off,volatile" overlay "/$folder"
    done
    for folder in tmp srv root; do
      mount -t tmpfs -o mode=1777 tmpfs "/$folder"
    done
    ;;
  end)
    umount -l /root /srv /tmp /opt /var /etc /usr /run/twins
    ;;
esac
