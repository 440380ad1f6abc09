import { basename } from 'node:path';
import { KmodsmithError } from '../../errors.ts';
import { run } from '../../system/exec.ts';
import { findProgram } from '../build/toolchain.ts';

/** How a kind of package is unpacked, by whichever of the platforms' programs is there. */
interface PackageKind {
  readonly names: RegExp;
  readonly unpackers: readonly Unpacker[];
}

interface Unpacker {
  readonly programs: readonly string[];
  /** It is run in the folder where the files go. */
  readonly argv: (file: string) => readonly string[];
}

const bsdtar: Unpacker = {
  programs: ['bsdtar'],
  argv: (file) => ['bsdtar', '-x', '--no-same-owner', '-f', file],
};

const cpioPipe = 'set -o pipefail; rpm2cpio "$1" | cpio -i -d -m --quiet --no-absolute-filenames';

const kinds: readonly PackageKind[] = [
  {
    names: /\.deb$/,
    unpackers: [{ programs: ['dpkg-deb'], argv: (file) => ['dpkg-deb', '--extract', file, '.'] }],
  },
  {
    names: /\.rpm$/,
    unpackers: [
      {
        programs: ['rpm2cpio', 'cpio'],
        argv: (file) => ['bash', '--noprofile', '--norc', '-c', cpioPipe, 'rpm2cpio', file],
      },
      bsdtar,
    ],
  },
  {
    names: /\.pkg\.tar(\.\w+)?$/,
    unpackers: [bsdtar],
  },
];

/**
 * Lays the files of a distribution's package into a folder, as a package manager would below `/`; none of its scripts runs.
 * @throws KmodsmithError ARCHIVE_INVALID, COMMAND_FAILED when there is no program for it.
 */
export async function unpackPackage(file: string, folder: string): Promise<void> {
  const kind = kinds.find(({ names }) => names.test(basename(file)));
  if (kind === undefined) {
    throw new KmodsmithError(
      'ARCHIVE_INVALID',
      `${file} is neither a build tree nor a package that is known`,
      {
        hint: 'Give the folder that /lib/modules/<release>/build would lead to, or a .deb, .rpm or .pkg.tar.* file.',
      },
    );
  }
  const { argv } = await findUnpacker(file, kind);
  const { exitCode, stdout, stderr } = await run(argv(file), { cwd: folder });
  if (exitCode === 0) return;
  const said = `${stdout}\n${stderr}`.trim().split('\n').at(-1) ?? '';
  throw new KmodsmithError('ARCHIVE_INVALID', `${file} cannot be unpacked: ${said || `status ${exitCode}`}`, {
    hint: 'Get the package again; TMPDIR says where there is room.',
  });
}

async function findUnpacker(file: string, { unpackers }: PackageKind): Promise<Unpacker> {
  for (const unpacker of unpackers) {
    const paths = await Promise.all(unpacker.programs.map(findProgram));
    if (!paths.includes(undefined)) return unpacker;
  }
  const wanted = unpackers.map(({ programs }) => programs.join(' and ')).join(', or ');
  throw new KmodsmithError('COMMAND_FAILED', `${file} cannot be unpacked without ${wanted}`, {
    hint: 'Install the package that provides it, or unpack the file and give the build tree in it.',
  });
}
