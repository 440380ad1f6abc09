import { join, resolve } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import { exists, isExecutable } from '../system/files.ts';
import { isInside } from '../system/inside.ts';
import { isRoot } from '../system/machine.ts';
import { resolveInRoot } from '../system/root.ts';
import type { Command } from './declare.ts';
import { say } from './output.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * Runs a command that is for another system inside of that one, whose compiler, shell and settings are not ours. Undefined for
 * what is to run here: a folder without a shell is no system of its own, and a command that names files means ours. Who is
 * not root may look at it from outside.
 * @throws KmodsmithError ROOT_NEEDED, ROOT_CLOSED.
 */
export async function runElsewhere(
  command: Command,
  values: Values,
  argv: readonly string[],
): Promise<number | undefined> {
  const root = resolve(String(values['root']));
  if (isInside || root === '/' || (await namesFiles(command, values))) return undefined;
  if (!(await isExecutable(await resolveInRoot(root, '/bin/sh')))) return undefined;
  const acts = 'dryRun' in command.options && values['dryRun'] !== true;
  if (!isRoot()) {
    if (!acts) return undefined;
    throw new KmodsmithError('ROOT_NEEDED', `${root} is worked on inside of it, which takes root`, {
      hint: 'Run it with sudo.',
    });
  }
  const { runInside } = await import('../system/enter-root.ts');
  const status = await runInside(root, argv);
  if (status === 1 && acts && values['json'] !== true) say(`paths that are named above are below ${root}`);
  return status;
}

/** A module may be given by a folder or by an archive, too. */
async function namesFiles({ positionals, options }: Command, values: Values): Promise<boolean> {
  for (const [name, { value }] of Object.entries({ ...positionals, ...options })) {
    const given = [values[name]].flat().filter((one) => typeof one === 'string');
    if (value === 'file' || value === 'folder') {
      if (given.length > 0) return true;
    } else if (value === 'source' || value === 'archive') {
      for (const one of given) if (/^[./]/.test(one) || (await exists(join(process.cwd(), one)))) return true;
    }
  }
  return false;
}
