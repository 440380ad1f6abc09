import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { type BenchMachine, openBenchMachine } from '../support/bench/machine.ts';
import { registerSmallModules } from '../support/bench/small-modules.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

const minutes = 60_000;

let machine: BenchMachine;
let release: string;

beforeAll(async () => {
  if (inject('testBedMissing') !== '') return;
  machine = await openBenchMachine();
  release = machine.corpus.kernels['6.12'];
  await registerSmallModules(machine, 3);
  await machine.shell('kmodsmith autoinstall -k "$1"', release);
}, 10 * minutes);
afterAll(() => machine?.[Symbol.asyncDispose]());

/** Has the engine look, and then what of its system calls about files the answer does not name. */
const traceLook = `
rm -rf /var/lib/kmodsmith/settled
sleep 2.2
strace -f -qq -e trace=%file,execve -o /srv/trace node /usr/lib/kmodsmith/cli.js "$@"
cat /var/lib/kmodsmith/settled/* | tr '\\0' '\\n' >/srv/answer
cat /srv/trace`;

/** A system call about a path: who made it, what it was, the path, what came of it. */
const call = /^(\d+) +(\w+)\((?:AT_FDCWD, )?"([^"]*)"(.*)$/;

/** What the engine does with the others is no input, or looked at by the shell itself. */
const own = /^\/var\/lib\/kmodsmith(\/(queue|history|settled|lock|jobserver|probes).*)?$/;
const inputs = /^\/(etc|boot|efi|lib\/modules|usr\/lib\/modules|usr\/src|var\/lib)(\/|$)/;
const ofNode = /^\/etc\/(ssl\/|ld\.so)/;

const answered = ['autoinstall', 'status'];

test.each(answered)('%s names all that it looked at', { timeout: 5 * minutes }, async (command) => {
  const lines = (await machine.shell(traceLook, command, '-k', release)).split('\n').flatMap((line) => {
    const [, process = '', name = '', path = '', rest = ''] = call.exec(line) ?? [];
    return process === '' ? [] : [{ process, name, path, rest }];
  });
  const others = new Set(
    lines
      .filter(({ name, path }) => name === 'execve' && !path.endsWith('/node'))
      .map(({ process }) => process),
  );
  const looks = lines.filter(
    ({ process, path }) => !others.has(process) && inputs.test(path) && !ofNode.test(path),
  );
  // Whether a folder on the way is a link; what comes and goes in it does not matter.
  const isPassed = ({ name, rest }: { name: string; rest: string }) =>
    /^(lstat|newfstatat|statx)$/.test(name) &&
    /S_IFDIR/.test(rest) &&
    (name === 'lstat' || /NOFOLLOW/.test(rest));
  const seen = looks.filter((one) => !own.test(one.path) && !isPassed(one)).map(({ path }) => path);
  const named = new Set((await machine.root.read('/srv/answer')).split('\n'));
  expect(seen.length).toBeGreaterThan(500);
  expect([...new Set(seen)].filter((path) => !named.has(path))).toEqual([]);
});

describe('the engine looks again after', () => {
  /** What is no matter to those who only look. */
  const mendedFirst = 'an engine died';
  const changes = {
    'a header was laid down anew': 'touch /usr/src/linux-headers-*-common/include/linux/module.h',
    'a source file changed': 'echo "/* */" >>/usr/src/small1-1/small1.c',
    'a source file was added': 'echo >/usr/src/small2-1/new.h',
    'a kernel object is gone': 'rm /lib/modules/"$1"/updates/dkms/small1.ko*',
    'the index of modules was written': 'depmod "$1"',
    'another compiler is there':
      'gcc=$(readlink -f /usr/bin/x86_64-linux-gnu-gcc-14); cp -p "$gcc" "$gcc.new"; mv "$gcc.new" "$gcc"',
    'another compiler comes first': 'ln -s /usr/bin/x86_64-linux-gnu-gcc-14 /usr/local/bin',
    'a module was registered':
      'mkdir -p /usr/src/other-1 /var/lib/dkms/other/1; printf "PACKAGE_NAME=other\\nPACKAGE_VERSION=1\\n" >/usr/src/other-1/dkms.conf; ln -s /usr/src/other-1 /var/lib/dkms/other/1/source',
    'a module was taken away': 'rm -r /var/lib/dkms/other',
    'an admin overrides a dkms.conf': 'mkdir -p /etc/dkms; echo >/etc/dkms/small3.conf',
    'an admin has a policy': 'mkdir -p /etc/kmodsmith/policy.d; echo >/etc/kmodsmith/policy.d/own.toml',
    'an admin changed the policy': 'echo "# more" >>/etc/kmodsmith/policy.d/own.toml',
    'a framework.conf came': 'echo >/etc/dkms/framework.conf',
    'another kernel came': 'mkdir /lib/modules/6.99.0',
    'the headers went': 'mv /lib/modules/"$1"/build /srv/build',
    'the headers came back': 'mv /srv/build /lib/modules/"$1"/build',
    'a build was marked': 'kmodsmith mark-for-rebuild small1/1 -k "$1" >/dev/null',
    [mendedFirst]: 'echo "{}" >/var/lib/kmodsmith/journal.json',
    'the engine is another one':
      'cp -p /usr/lib/kmodsmith/cli.js /srv/x; mv /srv/x /usr/lib/kmodsmith/cli.js',
    'a hook has recorded a call':
      'mkdir -p /var/lib/kmodsmith/queue; echo >/var/lib/kmodsmith/queue/call.abc',
  };

  /** Everything in one go: between two of them the overlay of the test is mounted anew. */
  const judge = `
look() { kmodsmith autoinstall -k "$1" && kmodsmith status; } >/dev/null
tell() { /usr/lib/kmodsmith/settled "$@" >/dev/null && echo "$1 settled" || echo "$1 open"; }
ask() { tell autoinstall -k "$1"; tell status; }
look "$1"
for round in 1 2 3; do
  sleep 2.2
  look "$1"
  case $(ask "$1") in *open*) ;; *) break ;; esac
done
ask "$1"
sh -ec "$2" change "$1"
ask "$1"`;

  test.each(Object.entries(changes))('%s', { timeout: 2 * minutes }, async (what, change) => {
    const after = what === mendedFirst ? 'status settled' : 'status open';
    const answers = ['autoinstall settled', 'status settled', 'autoinstall open', after, ''];
    expect((await machine.shell(judge, release, change)).split('\n')).toEqual(answers);
  });
});

test('a hook says again what it said, without the engine', { timeout: 2 * minutes }, async () => {
  const said = await machine.shell(
    `rm /var/lib/kmodsmith/queue/*
export DEB_MAINT_PARAMS='configure 6.12.1-1'
hook=/etc/kernel/postinst.d/kmodsmith
$hook "$1" 2>/dev/null
sleep 2.2
$hook "$1" 2>/srv/first
strace -f -qq -e trace=execve -o /srv/started $hook "$1" 2>/srv/second
cmp /srv/first /srv/second
cat /srv/second /srv/started`,
    release,
  );
  expect(said).toContain('small1 1');
  expect(said).toContain('sha256sum');
  expect(said).not.toMatch(/node|cli\.js/);
  expect(await machine.root.list('/var/lib/kmodsmith/queue')).toEqual([]);
});

test('status says again what it said, without the engine', { timeout: 2 * minutes }, async () => {
  const said = await machine.shell(
    `rm -f /var/lib/kmodsmith/queue/*
sleep 2.2
kmodsmith status >/srv/first
strace -f -qq -e trace=execve -o /srv/started kmodsmith status >/srv/second
node /usr/lib/kmodsmith/cli.js status >/srv/third
cmp /srv/first /srv/second
cmp /srv/first /srv/third
cat /srv/second /srv/started`,
  );
  expect(said).toContain('small1 1');
  expect(said).not.toMatch(/node|cli\.js/);
});
