import { createHash } from 'node:crypto';
import fc from 'fast-check';

export const release = '6.12.1-fuzz';
export const arch = 'x86_64';
const version = 'var/lib/dkms/foo/1.0';
const result = `${version}/${release}/${arch}`;
const modules = `lib/modules/${release}`;

/** Something at a path; `link` and `text` may name ROOT. */
export type Entry = { readonly path: string; readonly mode?: number } & (
  | { readonly kind: 'file'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string }
  | { readonly kind: 'folder' | 'fifo' | 'nothing' }
);

export interface TreeCase {
  readonly entries: readonly Entry[];
  /** Which of the commands to run, in this order. */
  readonly commands: readonly number[];
}

const file = (path: string, text: string): Entry => ({ path, kind: 'file', text });
const link = (path: string, text: string): Entry => ({ path, kind: 'link', text });

const conf = 'PACKAGE_NAME=foo\nPACKAGE_VERSION=1.0\nDEST_MODULE_LOCATION=/updates\nAUTOINSTALL=yes\n';
const input = { path: '/x', sha256: 'x', size: 1, inode: 1, modified: 1, changed: 1 };
const provenance = {
  version: 1,
  module: { name: 'foo', version: '1.0' },
  kernel: { release, arch },
  origin: 'manual',
  startedAt: 1,
  finishedAt: 2,
  make: 'make',
  directives: 'x',
  sources: [input],
  overrides: [input],
  headers: [input],
  kbuild: [input],
  kernelConfig: input,
  moduleSymvers: input,
  symbols: { printk: '0x1' },
  tools: [{ program: 'sh', path: '/bin/sh', version: 'x', changed: 1 }],
  outputs: [{ name: 'foo.ko', size: 1, sha256: 'x' }],
};
const digest = (content: string) => createHash('sha256').update(content).digest('hex');
const precious = { size: 'precious'.length, sha256: digest('precious') };
const manifest = {
  version: 1,
  build: 1,
  files: [{ path: `/${modules}/updates/dkms/foo.ko`, size: 'built'.length, sha256: digest('built') }],
};
const failure = { version: 1, at: 1, summary: 'x', inputs: 'x' };

/** A tree as it should be: foo/1.0 installed for a kernel, after it had replaced a module. */
export const soundTree: readonly Entry[] = [
  file('etc/os-release', 'ID=debian\n'),
  file('etc/passwd', 'precious'),
  file('home/admin/file', 'precious'),
  file(`boot/vmlinuz-${release}`, 'image'),
  file(`canary/1.0/${release}/${arch}/module/foo.ko`, 'precious'),
  file('canary/dkms.conf', conf),
  file('canary/file', 'precious'),
  file('usr/src/foo-1.0/dkms.conf', conf),
  file('usr/src/foo-1.0/foo.c', 'int x;'),
  file(`lib/modules/6.1-other/updates/dkms/foo.ko`, 'precious'),
  file(`${modules}/kernel/own.ko`, 'of the kernel'),
  file(`${modules}/updates/dkms/foo.ko`, 'built'),
  file(`${modules}/updates/dkms/other.ko`, 'of another module'),
  link(`${modules}/build`, `/usr/src/linux-headers-${release}`),
  file(`usr/src/linux-headers-${release}/.config`, 'CONFIG_MODULES=y\n'),
  file(`usr/src/linux-headers-${release}/Makefile`, 'all:\n'),
  file(`usr/src/linux-headers-${release}/Module.symvers`, '0x1\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n'),
  link(`${version}/source`, '/usr/src/foo-1.0'),
  file(`${result}/module/foo.ko`, 'built'),
  file(`${result}/log/make.log`, 'log'),
  file(`${result}/provenance.json`, JSON.stringify(provenance)),
  file(`${result}/manifest.json`, JSON.stringify(manifest)),
  link(`var/lib/dkms/foo/kernel-${release}-${arch}`, `1.0/${release}/${arch}`),
  file(`var/lib/dkms/foo/original_module/${release}/${arch}/foo.ko`, 'original'),
  file(`var/lib/dkms/foo/original_module/${release}/${arch}/foo.ko.origin`, `/${modules}/kernel/foo.ko\n`),
];

/** What must be the same after anything. */
export const untouchable = ['etc', 'home', 'boot', 'canary', 'usr/src', 'lib/modules/6.1-other'];

/** What may change, but must not go. */
export const kept = [`${modules}/kernel/own.ko`, `${modules}/updates/dkms/other.ko`];

const places = [
  ...soundTree.map(({ path }) => path).filter((path) => /^(var|lib|usr\/src\/foo)/.test(path)),
  ...['var/lib/dkms', 'var/lib/dkms/foo', version, `${version}/build`, `${version}/${release}`, result],
  ...[`${result}/module`, `${result}/log`, `${result}/.kmodsmith`, `${version}/tarball`, modules],
  ...[
    `${modules}/updates`,
    `${modules}/updates/dkms`,
    `${modules}/modules.dep`,
    'lib/modules',
    'usr/src/foo-1.0',
  ],
  ...['var/lib/dkms/foo/original_module', `var/lib/dkms/foo/original_module/${release}/${arch}`],
  ...[`var/lib/kmodsmith/failures/foo/1.0/${release}/${arch}/failure.json`, 'var/lib/kmodsmith/failures'],
  ...[`var/lib/kmodsmith/logs/foo/1.0/${release}/${arch}/20261126T120000.000Z.log`, 'var/lib/kmodsmith/logs'],
  `var/lib/kmodsmith/logs/foo/1.0/${release}/${arch}/20261126T120000.000Z.json`,
  ...[
    'var/lib/kmodsmith/queue',
    'var/lib/kmodsmith/queue/0-record',
    'var/lib/kmodsmith/lock',
    'var/lib/kmodsmith',
  ],
  ...['var/lib/dkms/.kmodsmith', 'var/lib/dkms/.kmodsmith/failures', 'var/lib/dkms/.kmodsmith/lock'],
  ...[`${version}/${release}/.tmp_${arch}_kmodsmith1`, `${version}/${release}/.old_${arch}`],
  ...[`${version}/${release}/.old_${arch}/module/foo.ko`, 'etc/dkms/foo.conf', 'etc/dkms/framework.conf'],
];

const oddName = fc.constantFrom(
  'a\nb',
  ' ',
  '-rf',
  '..x',
  '.hidden',
  '\u00fc',
  'x'.repeat(255),
  '$(id)',
  '*',
  'null',
  '\u001b[2J',
);

const place = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...places) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('var/lib/dkms', 'var/lib/dkms/foo', version, `${version}/${release}`, 'lib/modules'),
        oddName,
      )
      .map((parts) => parts.join('/')),
  },
);

const target = fc.constantFrom(
  ...[
    'nowhere',
    '.',
    '..',
    '/',
    '/canary',
    '/canary/file',
    '/home/admin',
    '/etc',
    `/${version}`,
    `/${result}`,
  ],
  ...[
    'ROOT/canary',
    'ROOT/canary/file',
    'ROOT/home/admin',
    '../../../../../../canary',
    '../canary',
    'SELF',
    '/usr/src/foo-1.0',
  ],
  ...[
    '1.0',
    `2.0/${release}/${arch}`,
    `../../canary/1.0/${release}/${arch}`,
    '/dev/null',
    '/dev/zero',
    '/proc/self/fd',
  ],
);

/** Paths that a document may claim for its own. */
const claimed = fc.constantFrom(
  ...[
    '/etc/passwd',
    '/canary/file',
    `/${modules}/../6.1-other/updates/dkms/foo.ko`,
    `/${modules}`,
    `/${modules}/`,
    '',
    '/',
    '..',
  ],
  ...[
    `/${modules}/updates/dkms/foo.ko`,
    `/${modules}/kernel`,
    `/${modules}/updates/`,
    'ROOT/canary/file',
    `/${modules}/a\u0000b`,
    '/dev/zero',
  ],
);

const anything = fc.oneof(
  claimed,
  fc.anything({ maxDepth: 2, withNullPrototype: false }).map((value) => {
    try {
      return JSON.parse(JSON.stringify(value ?? null));
    } catch {
      return null;
    }
  }),
  fc.constantFrom<unknown>(
    null,
    [null],
    {},
    [],
    [{}],
    [[]],
    -1,
    1e300,
    '',
    true,
    [{ path: null }],
    [{ path: 7 }],
  ),
  claimed.map((path) => [{ path, ...precious }]),
);

/** A document of ours of which some parts are something else. */
const spoilt = (document: object) =>
  fc
    .array(fc.tuple(fc.constantFrom(...Object.keys(document)), anything), { minLength: 1, maxLength: 3 })
    .map((changes) => JSON.stringify({ ...document, ...Object.fromEntries(changes) }));

const json = fc.oneof(
  spoilt(provenance),
  spoilt(manifest),
  spoilt(failure),
  anything.map((value) => JSON.stringify(value) ?? 'null'),
  fc.constantFrom(JSON.stringify(provenance).slice(0, 100), '{', '\u0000'.repeat(50), '['.repeat(20_000)),
);

const text = fc.oneof(
  json,
  fc.constantFrom(
    '',
    'exit 3',
    'PACKAGE_NAME=',
    `${conf}\nif`,
    `${conf}BUILT_MODULE_NAME=(foo b)`,
    '\u007fELF\u0000',
  ),
  claimed,
);

const kind = fc.oneof(
  text.map((content) => ({ kind: 'file' as const, text: content })),
  target.map((to) => ({ kind: 'link' as const, text: to })),
  fc.constantFrom({ kind: 'folder' as const }, { kind: 'fifo' as const }, { kind: 'nothing' as const }),
);

const documents = fc.oneof(
  spoilt(provenance).map((content) => file(`${result}/provenance.json`, content)),
  spoilt(manifest).map((content) => file(`${result}/manifest.json`, content)),
  spoilt(failure).map((content) =>
    file(`var/lib/kmodsmith/failures/foo/1.0/${release}/${arch}/failure.json`, content),
  ),
);

/** Documents that are sound but for what they claim. */
const claims = fc.oneof(
  fc.array(claimed, { minLength: 1, maxLength: 3 }).map((paths) => {
    const files = [...manifest.files, ...paths.map((path) => ({ path, ...precious }))];
    return file(`${result}/manifest.json`, JSON.stringify({ ...manifest, files }));
  }),
  claimed.map((path) =>
    file(`var/lib/dkms/foo/original_module/${release}/${arch}/foo.ko.origin`, `${path}\n`),
  ),
);

const mode = fc.constantFrom({}, {}, {}, { mode: 0 });

const change = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(place, kind, mode).map(([path, what, how]): Entry => ({ path, ...what, ...how })),
  },
  { weight: 1, arbitrary: documents },
  { weight: 1, arbitrary: claims },
);

export const treeCase: fc.Arbitrary<TreeCase> = fc.record({
  entries: fc.array(change, { minLength: 1, maxLength: 5 }),
  commands: fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 3 }),
});
