# Runs a command where it can write to one folder only, and where all that it starts ends with it.
# Arguments: the folder, then the command. Called inside a mount and a process namespace of its own.
set -eu
folder=$1
shift
mount --bind "$folder" "$folder"
while read -r _ _ _ _ target options _; do
  case $target in
    "$folder" | /proc | /proc/* | /dev | /dev/*) continue ;;
  esac
  case ,$options, in
    *,ro,*) continue ;;
  esac
  mount -o "remount,bind,$options,ro" "$target" 2>/dev/null || :
done </proc/self/mountinfo
for folder_outside in / /tmp /var/tmp /usr/src /lib/modules /var/lib /etc /root; do
  if [ -w "$folder_outside" ] && touch "$folder_outside/.kmodsmith-fuzz" 2>/dev/null; then
    rm -f "$folder_outside/.kmodsmith-fuzz"
    echo "$folder_outside can be written to" >&2
    exit 125
  fi
done
exec "$@"
