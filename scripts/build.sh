#!/bin/sh
# Makes dist/: the programs of kmodsmith as they are installed.
set -eu
rm -rf dist
sh scripts/bundle.sh src/cli.ts src/dkms.ts
echo '{"type":"module"}' >dist/package.json
