import { join } from 'node:path';
import type { Layout } from '../../core/layout.ts';
import type { ModuleId } from '../../policy/types.ts';
import { exists, readTextIfPresent, removeTree, writeAtomically } from '../../system/files.ts';

/**
 * rpm runs the new package's `dkms add` before the old package's `dkms remove`, which would undo it when both have the
 * same version. With --rpm_safe_upgrade each tells the other through a note that names the running rpm
 * (dkms-compat.md section 6.15). Kept in our state folder: names in /tmp can be guessed.
 */
export async function announceUpgrade(layout: Layout, module: ModuleId): Promise<void> {
  await writeAtomically(await noteOf(layout, module), '');
}

/** Whether this rpm has added the same module; asking takes the note away. */
export async function isUpgradeUnderWay(layout: Layout, module: ModuleId): Promise<boolean> {
  const note = await noteOf(layout, module);
  if (!(await exists(note))) return false;
  await removeTree(note);
  return true;
}

async function noteOf(layout: Layout, { name, version }: ModuleId): Promise<string> {
  const { pid, started } = await findCaller();
  return join(layout.rpmNotes, `${name}-${version}-${pid}-${started}`);
}

/** The process whose child runs us: the shell of a scriptlet is our parent, rpm is its. */
async function findCaller(): Promise<{ pid: string; started: string }> {
  const pid = (await readProcess(String(process.ppid)))[1] ?? '0';
  return { pid, started: (await readProcess(pid))[19] ?? '0' };
}

/** The fields of /proc/PID/stat from the third on (proc(5)); the second may hold blanks. */
async function readProcess(pid: string): Promise<string[]> {
  const text = (await readTextIfPresent(`/proc/${pid}/stat`).catch(() => undefined)) ?? '';
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
