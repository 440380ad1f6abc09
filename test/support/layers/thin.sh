#!/bin/sh
# Takes most of the kernels' own modules away: depmod reads all there are after each change, seconds each time.
# Kept are those that module packages and booted kernels have to do with.
# usage: thin.sh
set -eu
for own in /lib/modules/*/kernel; do
  find "$own" -type f -name '*.ko*' \
    ! -path '*/kernel/arch/*' ! -path '*/kernel/block/*' ! -path '*/kernel/lib/*' \
    ! -path '*/drivers/block/*' ! -path '*/drivers/hid/*' ! -path '*/drivers/misc/*' \
    ! -path '*/drivers/media/mc/*' ! -path '*/drivers/media/v4l2-core/*' \
    ! -path '*/drivers/platform/x86/*' -delete
  depmod "$(basename "${own%/kernel}")"
done
