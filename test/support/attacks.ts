import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute } from './process.ts';
import type { TestRoot } from './roots.ts';

/** What a module tries that is none of its business, and by what anybody sees that it came to be. */
interface Attack {
  /** Shell commands of PRE_BUILD, or of a dkms.conf. */
  readonly script: string;
  /** Prints "yes" when it worked; runs afterwards, `LOG` is what the script said. */
  readonly worked: string;
}

const touched = (path: string): Attack => ({
  script: `touch ${path}`,
  worked: `[ -e ${path} ] && echo yes`,
});

const said = (script: string, words: string): Attack => ({
  script,
  worked: `grep -q ${words} "$LOG" && echo yes`,
});

/** On the loopback of the machine; without it nothing further away is in reach, either. */
const port = 4711;

const bombProgram = fileURLToPath(new URL('../fixtures/fork-bomb.c', import.meta.url));

/** Puts into the root what the attacks use: a program that forks, and a secret. */
export async function prepareAttacks(root: TestRoot): Promise<void> {
  await root.write('/root/secret', 'precious\n', 0o600);
  // Made by the host's compiler: the root has no C library to link with.
  const folder = await mkdtemp(join(tmpdir(), 'kmodsmith-attacks-'));
  try {
    const bomb = join(folder, 'fork-bomb');
    await execute(['gcc', '-static', '-O2', '-o', bomb, bombProgram]);
    await root.copyIn(bomb, '/srv/fork-bomb');
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Builds get a user of their own in this root: a user's processes are counted on the whole machine, and those of other
 * roots are not to pay for an attack.
 */
export async function addBuildUser(root: TestRoot, uid: number): Promise<void> {
  const entry = `_kmodsmith:x:${uid}:${uid}::/nonexistent:/usr/sbin/nologin\n`;
  await root.write('/etc/passwd', `${await root.read('/etc/passwd')}${entry}`);
}

/** Shell commands that start what is to be attacked: somebody who listens, and somebody who just is. */
export const bystanders = `perl -e 'use Socket; socket(S, 2, 1, 0); my $up = pack("a16s", "lo", 1); ioctl(S, 0x8914, $up) or die;
bind(S, sockaddr_in(${port}, inet_aton("127.0.0.1"))) or die; listen(S, 5); $0 = "the-listener"; 1 while accept(C, S)' &
(exec -a the-victim sleep 1000) &
sleep 0.3`;

/** One grep for all: a fork for each process of the machine takes seconds. The pattern of a whole word must not be one that it matches itself. */
const processOf = (word: string) =>
  `id=$(grep -lsazx '${word}' /proc/[0-9]*/cmdline | head -n 1); id=\${id#/proc/}; id=\${id%/cmdline}`;

export const attacks: Readonly<Record<string, Attack>> = {
  'writes to /etc': touched('/etc/loot'),
  'writes to /usr': touched('/usr/bin/loot'),
  'writes to /run': touched('/run/loot'),
  'writes to the tmp of all': touched('/tmp/loot'),
  'writes beside the modules of the kernel': touched('/lib/modules/loot'),
  "writes to another module's tree": touched('/var/lib/dkms/loot'),
  'writes to its own source': touched('/usr/src/hostile-1/loot'),
  'changes what is installed': {
    script: 'mount -o remount,rw / || :; chmod u+s /usr/bin/true',
    worked: '[ -u /usr/bin/true ] && echo yes',
  },
  'reads /etc/shadow': said('cat /etc/shadow', '^root:'),
  'reads what root alone may, through the first process': said('cat /proc/1/root/root/secret', 'precious'),
  'talks to the network': said(`exec 3<>/dev/tcp/127.0.0.1/${port} && echo "got through"`, '^got.through'),
  'sees other processes': said(
    `grep -sqa "^the-listener" /proc/[0-9]*/cmdline && echo "looked on"`,
    '^looked.on',
  ),
  'ends other processes': {
    script: `${processOf('the-victi[m]')}; kill $id`,
    worked: 'grep -sqa "^the-victim" /proc/[0-9]*/cmdline || echo yes',
  },
  'gets at the engine': said(`${processOf('[^ ]*node')}; kill -0 $id && echo "reached it"`, '^reached.it'),
  'reads through a link out of its source': said('cat /usr/src/hostile-1/way-out', 'precious'),
  'leaves a daemon': {
    script: '(exec -a hostile-daemon setsid sleep 300) </dev/null >/dev/null 2>&1 & sleep 0.2',
    worked: 'grep -sqa "^hostile-daemon\\|^sleep.300" /proc/[0-9]*/cmdline && echo yes',
  },
  'starts 3000 processes': said('/srv/fork-bomb', '^forked.them.all'),
};

const makefile = `obj-m += hostile.o
all:
	$(MAKE) -C $(kernel_source_dir) M=$(CURDIR) modules
	sh ./after.sh
`;

export interface Hostile {
  readonly preBuild?: string;
  /** Runs at the end of make. */
  readonly after?: string;
  /** `$1` is where the result is. */
  readonly postBuild?: string;
  readonly directives?: string;
  /** The whole dkms.conf. */
  readonly conf?: string;
}

/** Puts a module there that compiles, and does all this besides. */
export async function addHostile(root: TestRoot, { preBuild, after = ':', ...more }: Hostile): Promise<void> {
  const files = {
    'dkms.conf':
      more.conf ??
      `PACKAGE_NAME=hostile
PACKAGE_VERSION=1
BUILT_MODULE_NAME=hostile
DEST_MODULE_LOCATION=/updates
MAKE="make kernel_source_dir=$kernel_source_dir"
PRE_BUILD=before.sh
POST_BUILD='post.sh $dkms_tree/hostile/1/$kernelver/$arch'
${more.directives ?? ''}
`,
    Makefile: makefile,
    'hostile.c': '#include <linux/module.h>\nMODULE_LICENSE("GPL");\n',
    'after.sh': `${after}\n`,
    'before.sh': `#!/bin/bash\n${preBuild ?? ':'}\nexit 0\n`,
    'post.sh': `#!/bin/bash\n${more.postBuild ?? ':'}\n`,
  };
  await root.run(['rm', '-rf', '/usr/src/hostile-1']);
  for (const [name, content] of Object.entries(files))
    await root.write(`/usr/src/hostile-1/${name}`, content, name.endsWith('.sh') ? 0o755 : 0o644);
  await root.run(['ln', '-s', '/root/secret', '/usr/src/hostile-1/way-out']);
  if (more.conf === undefined) await root.run(['kmodsmith', 'add', 'hostile/1'], { allowFailure: true });
}
