#!/bin/sh
# source-package.sh FOLDER: writes there what Debian builds from, of the commit that is checked out:
#   kmodsmith_VERSION.orig.tar.xz               kmodsmith, without debian/
#   kmodsmith_VERSION.orig-node-modules.tar.xz  the packages from npm that go into the programs, as package-lock.json pins them
#   kmodsmith-VERSION/                          both unpacked, with debian/: where to run dpkg-buildpackage
set -eu
folder=$(realpath "$1")
cd "$(dirname "$0")/.."
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
time=$(git log -1 --format=%ct)
name=$folder/kmodsmith_$version
tree=$folder/kmodsmith-$version

git archive --prefix="kmodsmith-$version/" HEAD -- . ':!debian' | xz -c >"$name.orig.tar.xz"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp package.json package-lock.json .npmrc "$scratch"
npm --prefix "$scratch" ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --prefer-offline >&2
modules=$scratch/node_modules
rm -rf "$modules/.bin" "$modules/.package-lock.json"
# Made for browsers, or minified: nothing of it is imported, and none of it is source.
rm -rf "$modules"/handlebars/dist/*.js "$modules/handlebars/dist/amd" "$modules/source-map/dist"
find "$modules" \( -name '*.min.js' -o -name '*.map' \) -delete
binaries=$(find "$modules" \( -name '*.node' -o -name '*.wasm' -o -name '*.so' \) -print)
if [ -n "$binaries" ]; then
  echo "source-package: these are no sources: $binaries" >&2
  exit 1
fi
chmod -R u=rwX,go=rX "$modules"
tar --create --directory "$scratch" --transform 's,^node_modules,node-modules,' --sort=name --owner=0 --group=0 \
  --numeric-owner --mtime="@$time" node_modules | xz -c >"$name.orig-node-modules.tar.xz"

mkdir "$tree"
git archive HEAD | tar --extract --directory "$tree"
mv "$modules" "$tree/node-modules"
