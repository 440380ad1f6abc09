import { join } from 'node:path';
import { readTextIfPresent } from '../../system/files.ts';
import { isRoot } from '../../system/machine.ts';
import { buildUserName } from './build-user-name.ts';

/** As whom sandboxed programs run. */
export interface BuildUser {
  readonly uid: number;
  readonly gid: number;
}

const nobody: BuildUser = { uid: 65534, gid: 65534 };

/** The user of our own when there is one, else nobody. Who is not root stays who they are. */
export async function findBuildUser(root: string): Promise<BuildUser | undefined> {
  if (!isRoot()) return undefined;
  const text = (await readTextIfPresent(join(root, 'etc/passwd')).catch(() => undefined)) ?? '';
  const entries = text.split('\n').map((line) => line.split(':'));
  const [, , uid, gid] = entries.find(([found]) => found === buildUserName) ?? [];
  return Number(uid) > 0 && Number(gid) > 0 ? { uid: Number(uid), gid: Number(gid) } : nobody;
}
