#!/bin/sh
# bundle.sh ENTRY... [OPTION...]: makes one file of each entry and all that it imports, in dist/ or where --outdir says. esbuild
# is npm's or the distribution's, and finds the dependencies in node_modules/, or where NODE_PATH says. yargs measures its
# help with string-width, which loads what Unicode says of emoji: a tenth of what a command takes, and our help is ASCII.
set -eu
banner="import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);"
exec esbuild --bundle --platform=node --format=esm --target=node20.19 --outdir=dist --loader:.hbs=text --loader:.mk=text --loader:.sh=text \
  --alias:string-width=./scripts/ascii-width.js \
  --legal-comments=none --log-level=warning --banner:js="$banner" "$@"
