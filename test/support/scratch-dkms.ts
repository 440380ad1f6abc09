import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { makeScratchFolder, type ScratchFolder } from './scratch-folder.ts';

const bundle = fileURLToPath(new URL('../../dist/dkms.js', import.meta.url));

interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Trees of a drop-in of its own; the machine's are out of its reach. */
export interface ScratchDkms extends ScratchFolder {
  dkms(...argv: string[]): CommandResult;
  /** As a scriptlet does it: started by a shell that we start. */
  dkmsInShell(...argv: string[]): CommandResult;
}

export const release = '6.12.1-toy';

/** Trees with one kernel whose headers are but a folder, and the source of toy/1.0, which needs no compiler. */
export function makeScratchDkms(): ScratchDkms {
  const scratch = makeScratchFolder();
  const { path } = scratch;
  scratch.folder('tree');
  scratch.folder(`lib/modules/${release}/build/include`);
  scratch.write('src/toy-1.0/README', '');
  scratch.write('src/toy-1.0/dkms.conf', toyConf());
  const trees = [
    `--dkmstree=${path}/tree`,
    `--sourcetree=${path}/src`,
    `--installtree=${path}/lib/modules`,
    '--no-depmod',
  ];
  const options = { encoding: 'utf8', env: { PATH: process.env['PATH'] }, cwd: path } as const;
  return {
    ...scratch,
    dkms: (...argv) => spawnSync(process.execPath, [bundle, ...argv, ...trees], options),
    dkmsInShell: (...argv) => {
      const program = [process.execPath, bundle, ...argv, ...trees];
      return spawnSync('sh', ['-c', '"$@"; exit $?', 'scriptlet', ...program], options);
    },
  };
}

export function toyConf(extra = ''): string {
  const lines = [
    'PACKAGE_NAME=toy',
    'PACKAGE_VERSION=1.0',
    'DEST_MODULE_LOCATION=/updates',
    'AUTOINSTALL=yes',
    'STRIP=no',
    "MAKE='echo made > toy.ko'",
  ];
  return `${lines.join('\n')}\n${extra}`;
}
