import { confText, script, source } from '../fixtures.ts';
import type { Scenario } from '../scenario.ts';

const build = 'dkms build twin/1.0 -k {K}';
const install = 'dkms install twin/1.0 -k {K}';
const two = { twin: 'twin_1_0', second: 'twin_2_0' };
const without = (...names: string[]) => Object.fromEntries(names.map((name) => [name, undefined]));
const show = 'make fast SHOW=';

/** Lines at the end of a good conf, all of them then built and looked at through make's arguments. */
const lines: Record<string, string[]> = {
  'an array at once': ["MAKE=('make fast A=1' 'make fast B=1')"],
  'a scalar': ["MAKE='make fast scalar=1'"],
  'an array added to': ["MAKE+=('make fast added=1')", 'MAKE_MATCH[1]=.'],
  'text added to': ["MAKE[0]+=' added=1'"],
  'a sparse array': ["MAKE[7]='make fast seventh=1'", 'MAKE_MATCH[7]=.'],
  'the kernel while read': ['MAKE[0]="make fast K=$kernelver A=$arch S=$kernel_source_dir"'],
  'the kernel in single quotes': ["MAKE[0]='make fast K=$kernelver A=$arch S=$kernel_source_dir'"],
  'the trees': ['MAKE[0]="make fast T=$dkms_tree S=$source_tree I=$install_tree"'],
  'the module': ['MAKE[0]="make fast M=$module V=$module_version P=$PACKAGE_NAME-$PACKAGE_VERSION"'],
  'the module in single quotes': [
    "MAKE[0]='make fast M=$module V=$module_version P=$PACKAGE_NAME-$PACKAGE_VERSION'",
  ],
  'a command while read': ['MAKE[0]="make fast U=$(echo up)"'],
  'a command in single quotes': ["MAKE[0]='make fast U=$(pwd)'"],
  'a command put off': ['MAKE[0]="make fast U=\\$(echo later)"'],
  'blanks that run together': ['MAKE[0]="make   fast    X=1"'],
  'blanks in quotes': [`MAKE[0]="${show}'a   b'"`],
  'a tab and a line end': ["MAKE[0]=$'make\\tfast\\nX=1'"],
  'double quotes inside': [`MAKE[0]='${show}"a b"'`],
  'a star': [`MAKE[0]='${show}*'`],
  'a backslash': [`MAKE[0]='${show}a\\b'`],
  'a variable of its own': ['flags="X=1 Y=2"', 'MAKE[0]="make fast $flags"'],
  'a function': ['flags() { echo "K=$1"; }', 'MAKE[0]="make fast $(flags $kernelver)"'],
  'a condition': [
    'if [[ $kernelver == *rt* ]]; then MAKE[0]="make fast rt=1"; else MAKE[0]="make fast rt=0"; fi',
  ],
  'a case': ['case "$kernelver" in 6.*) MAKE[0]="make fast six=1";; esac'],
  output: ['echo text', 'echo more >&2'],
  'a change of folder': ['cd /tmp', 'MAKE[0]="make fast P=$(pwd)"'],
  'an export': ['export X_OF_CONF=1'],
  'a positional parameter': ['set -- a b', `MAKE[0]="${show}$1"`],
  'shell options': ['set -e', 'false', 'MAKE[0]=false'],
  'an unset variable': ['MAKE[0]="make fast X=$no_such_variable"'],
  'a failing command': ['false', 'grep -q nothing /etc/passwd'],
  'a here document': ['MAKE[0]=$(cat <<END', 'make fast here=1', 'END', ')'],
  comments: ['# MAKE[0]=false', 'MAKE[0]="make fast"   # after it'],
  'unknown directives': ['NO_SUCH=1', 'MAKEX[0]=false'],
  'a tilde': ['MAKE[0]="make fast H=~ G=$HOME"'],
  'an array of three': [
    'BUILD_DEPENDS=()',
    "MAKE_MATCH=('^5' '^6' '^7')",
    "MAKE=('make fast five=1' 'make fast six=1' 'make fast seven=1')",
  ],
  'a percent and a dollar': [`MAKE[0]='${show}100%\\$'`],
  'quotes around quotes': [`MAKE[0]="${show}'it'"`],
  'a semicolon': ["MAKE[0]='make fast; true'"],
  'and, or': ["MAKE[0]='false || make fast && true'"],
  'a redirection': ["MAKE[0]='make fast >out 2>&1'"],
  'a variable before make': ["MAKE[0]='X=1 make fast'"],
  'a path to make': ["MAKE[0]='/usr/bin/env make fast'"],
  'make in quotes': [`MAKE[0]="'make' fast"`],
  'a folder before make': ["MAKE[0]='cd . && make fast'"],
  'make of another name': ["MAKE[0]='make_it=1; make fast'"],
  'no word at all': ["MAKE[0]=''"],
};

const strip = (text: string) => text.replaceAll('\n', '\r\n');

export const confLanguage: Scenario[] = [
  ...Object.entries(lines).map(([name, ended]) => ({
    name: `conf: ${name}`,
    files: source({ lines: ended }),
    steps: [build],
  })),
  {
    name: 'conf: DOS line ends',
    files: {
      ...source(),
      '/usr/src/twin-1.0/dkms.conf': strip(String(source()['/usr/src/twin-1.0/dkms.conf'])),
    },
    steps: [install, 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'conf: DOS line ends and empty lines',
    files: {
      ...source(),
      '/usr/src/twin-1.0/dkms.conf': strip(`\n# x\n${String(source()['/usr/src/twin-1.0/dkms.conf'])}\n\n`),
    },
    steps: [build],
  },
  {
    name: 'conf: no line end at the end',
    files: source({ lines: ['#'] }),
    steps: ['printf "MAKE[0]=\'make fast last=1\'" >> /usr/src/twin-1.0/dkms.conf', build],
  },
  {
    name: 'conf: a syntax error late',
    files: source({ lines: ['if true'] }),
    steps: ['dkms add twin/1.0', build, 'dkms status'],
  },
  {
    name: 'conf: a syntax error early',
    files: { ...source(), '/usr/src/twin-1.0/dkms.conf': 'PACKAGE_NAME="twin\nPACKAGE_VERSION=1.0\n' },
    steps: ['dkms add twin/1.0'],
  },
  {
    // Added before: dkms keeps a conf that it has read to add the module, from another place.
    name: 'conf: its own place',
    files: source({ lines: ['MAKE[0]="make fast D=$(dirname $BASH_SOURCE) Z=$0"'] }),
    steps: ['dkms add twin/1.0', build],
  },
  { name: 'conf: it ends itself', files: source({ lines: ['exit 0'] }), steps: ['dkms add twin/1.0'] },
  { name: 'conf: it returns', files: source({ lines: ['return 0', 'MAKE[0]=false'] }), steps: [build] },
  {
    name: 'conf: it ends the dkms',
    files: source({ lines: ['kill $$'] }),
    steps: ['dkms add twin/1.0'],
  },
  {
    name: 'conf: a name all objects share',
    files: source({ objects: { twin: 'twin_1_0' }, conf: without('BUILT_MODULE_NAME[0]') }),
    steps: [build],
  },
  {
    name: 'conf: no objects',
    files: source({ conf: without('BUILT_MODULE_NAME[0]', 'DEST_MODULE_LOCATION[0]') }),
    steps: ['dkms add twin/1.0', install, 'dkms status', 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'conf: arrays at once',
    files: source({
      objects: two,
      lines: ['BUILT_MODULE_NAME=(twin second)', 'DEST_MODULE_LOCATION=(/extra /updates)', 'STRIP=(no yes)'],
    }),
    steps: [install, 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'conf: sparse objects',
    files: source({
      objects: two,
      conf: { 'BUILT_MODULE_NAME[5]': 'second', 'DEST_MODULE_LOCATION[5]': '/extra' },
    }),
    steps: [install, 'dkms status'],
  },
  {
    name: 'conf: a loop over objects',
    files: source({
      objects: two,
      lines: ['for i in 0 1; do DEST_MODULE_LOCATION[$i]=/extra; done', 'BUILT_MODULE_NAME[1]=second'],
    }),
    steps: [install],
  },
  {
    name: 'conf: another one by option',
    files: {
      ...source(),
      '/srv/other.conf': confText({
        PACKAGE_NAME: 'twin',
        PACKAGE_VERSION: '1.0',
        'BUILT_MODULE_NAME[0]': 'twin',
        'DEST_MODULE_LOCATION[0]': '/extra',
        'MAKE[0]': 'make fast OTHER=1',
      }),
    },
    steps: [
      'dkms add twin/1.0',
      `${build} -c /srv/other.conf`,
      `${install} -c /srv/other.conf`,
      `dkms build twin/1.0 -k {R} --config /no`,
    ],
  },
  {
    name: 'conf: a missing one by option',
    files: source(),
    steps: ['dkms add twin/1.0', `${build} -c /no/such`, 'dkms status -c /no/such 2>/dev/null'],
  },
  {
    name: 'conf: a script from a variable',
    files: source({ conf: { PRE_BUILD: 'pre.sh $kernelver $arch' }, files: { 'pre.sh': script() } }),
    steps: [build],
  },
  {
    name: 'conf: the time of reading while adding',
    files: source({
      lines: [
        '/opt/twins/bin/note conf "$kernelver" "$arch" "$module" "$module_version"; true',
        'PACKAGE_NAME=twin',
      ],
    }),
    steps: ['dkms status twin'],
  },
];
