import { source } from '../fixtures.ts';
import type { Files, Scenario } from '../scenario.ts';

const build = 'dkms build twin/1.0 -k {K}';
const install = 'dkms install twin/1.0 -k {K}';
const places = ['twin', 'twin-1.0', 'twin-1.0-{K}', 'twin-1.0-{K}-x86_64'];
const newer = ['twin--{K}', 'twin--{K}-x86_64'];
const others = ['twin-2.0', 'twin-1.0-{R}', 'twin-{K}', 'tw', 'twin-1.0-{K}-i386'];
const override = (place: string, text: string): Files => ({ [`/etc/dkms/${place}.conf`]: text });

/** Overrides that add a word to the command each. */
function additions(all: readonly string[]): Files {
  const text = (place: string) => `MAKE[0]="\${MAKE[0]} from=${place}"\n`;
  return Object.fromEntries(all.map((place) => [`/etc/dkms/${place}.conf`, text(place)]));
}

const directives: [string, string[]][] = [
  ['one', ["'MAKE[0]=make fast d=1'"]],
  ['one index by its name alone', ["'MAKE=make fast d=1'"]],
  ['another index', ["'MAKE[1]=make fast d=1'"]],
  ['two', ["'MAKE=make fast d=1'", "'STRIP=no'"]],
  ['the same twice', ["'MAKE=make fast d=1'", "'MAKE=make fast d=2'"]],
  ['any name', ["'ANY_NAME=some value'"]],
  ['an empty value', ["'AUTOINSTALL='"]],
  ['no value', ["'AUTOINSTALL'"]],
  ['a bad name', ["'1X=2'"]],
  ['a variable of the shell', ["'MAKE=make fast K=$kernelver'"]],
  ['quotes', ['\'MAKE=make fast Q="a b"\'']],
  ['the name of the module', ["'PACKAGE_NAME=other'"]],
];

export const confOverrides: Scenario[] = [
  ...[...places, ...newer].map((place) => ({
    name: `override: /etc/dkms/${place}.conf`,
    files: { ...source(), ...override(place, `MAKE[0]='make fast from=${place}'\n`) },
    steps: [build, 'dkms build twin/1.0 -k {R}'],
  })),
  ...others.map((place) => ({
    name: `override: not /etc/dkms/${place}.conf`,
    files: { ...source(), ...override(place, 'MAKE[0]=false\n') },
    steps: [build],
  })),
  ...places.map((_, index) => ({
    name: `override: the later wins, ${index + 1} of them`,
    files: { ...source(), ...additions(places.slice(0, index + 1)) },
    steps: [build],
  })),
  {
    name: 'override: all places at once',
    files: { ...source(), ...additions([...places, ...newer]) },
    steps: [build],
  },
  {
    name: 'override: adds an object',
    files: {
      ...source({ objects: { twin: 'twin_1_0', second: 'twin_2_0' } }),
      ...override('twin', 'BUILT_MODULE_NAME[1]=second\nDEST_MODULE_LOCATION[1]=/extra\n'),
    },
    steps: [
      install,
      'dkms uninstall twin/1.0 -k {K}',
      'rm /etc/dkms/twin.conf',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'override: where objects go',
    files: { ...source(), ...override('twin', 'DEST_MODULE_NAME[0]=renamed\n') },
    steps: [install, 'rm /etc/dkms/twin.conf', 'dkms status', 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'override: unsets what it can',
    files: { ...source(), ...override('twin', 'unset MAKE\nSTRIP[0]=\n') },
    steps: [build],
  },
  {
    name: 'override: adds to an array',
    files: { ...source(), ...override('twin', "MAKE+=('make fast more=1')\nMAKE_MATCH=('' .)\n") },
    steps: [build],
  },
  {
    name: 'override: a bad one',
    files: { ...source(), ...override('twin', 'PACKAGE_VERSION=\n') },
    steps: ['dkms add twin/1.0', build],
  },
  {
    name: 'override: a syntax error',
    files: { ...source(), ...override('twin', 'MAKE[0]="make fast early=1"\nif\n') },
    steps: ['dkms add twin/1.0', build],
  },
  {
    name: 'override: a folder of that name',
    files: { ...source(), '/etc/dkms/twin.conf/': '' },
    steps: ['dkms add twin/1.0', build],
  },
  {
    name: 'override: found by another name in the conf',
    files: {
      ...source({ conf: { PACKAGE_NAME: 'other' } }),
      ...override('other', 'MAKE[0]="make fast other=1"\n'),
      ...override('twin', 'MAKE[0]="make fast twin=1"\n'),
    },
    steps: ['dkms add twin/1.0', build],
  },
  {
    name: 'override: while adding from a folder',
    files: {
      ...source({ at: '/srv/x' }),
      ...override('twin', 'POST_ADD=no.sh\nDEST_MODULE_LOCATION[0]=/nowhere\n'),
    },
    steps: ['dkms add /srv/x'],
  },
  ...directives.map(([name, given]) => ({
    name: `--directive: ${name}`,
    files: source(),
    steps: ['dkms add twin/1.0', `${build} ${given.map((text) => `--directive ${text}`).join(' ')}`],
  })),
  {
    name: '--directive: with a sign',
    files: source(),
    steps: [`${build} --directive='MAKE=make fast d=1' --directive="STRIP=no"`],
  },
  {
    name: '--directive: over an override',
    files: { ...source(), ...override('twin', "MAKE[0]='make fast o=1'\n") },
    steps: [`${build} --directive 'MAKE=make fast d=1'`],
  },
  {
    name: '--directive: adds a script',
    files: source({ files: { 'pre.sh': { content: '#!/bin/sh\n/opt/twins/bin/note pre\n', mode: 0o755 } } }),
    steps: [
      `${build} --directive 'PRE_BUILD=pre.sh'`,
      'dkms status --directive AUTOINSTALL=maybe 2>/dev/null',
    ],
  },
  ...['DKMS_DIRECTIVE', 'DKMS_DIRECTIVE_1', 'DKMS_DIRECTIVES', 'XDKMS_DIRECTIVE'].map((name) => ({
    name: `environment: ${name}`,
    files: source(),
    env: { [name]: 'MAKE=make' },
    steps: [build],
  })),
  {
    name: 'environment: a directive without blanks',
    files: source(),
    env: { DKMS_DIRECTIVE_A: 'AUTOINSTALL=no', DKMS_DIRECTIVE_B: 'STRIP=no' },
    steps: ['dkms add twin/1.0', 'dkms autoinstall -k {K}', build],
  },
  {
    name: 'environment: a directive that is none',
    files: source(),
    env: { DKMS_DIRECTIVE_A: 'nonsense' },
    steps: [build],
  },
];
