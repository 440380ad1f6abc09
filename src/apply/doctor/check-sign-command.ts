import type { LoadedPolicy } from '../../config/merge-policy.ts';
import { placeOfKnob } from '../../config/place-of-knob.ts';
import type { Layout } from '../../core/layout.ts';
import { isExecutable } from '../../system/files.ts';
import { resolveInRoot } from '../../system/root.ts';
import type { Diagnosis } from './diagnosis.ts';

/** Whether the programs that the policy has sign modules are there, the machine's and those of single modules. */
export async function checkSignCommands(layout: Layout, loaded: LoadedPolicy): Promise<Diagnosis[]> {
  const labels = Object.keys(loaded.policies.modules).toSorted();
  const found = await Promise.all([undefined, ...labels].map((label) => checkOne(label, layout, loaded)));
  return found.flat();
}

async function checkOne(
  label: string | undefined,
  { root }: Layout,
  loaded: LoadedPolicy,
): Promise<Diagnosis[]> {
  const { base, modules } = loaded.policies;
  const command = (label === undefined ? base : modules[label])?.['sign-command'] ?? '';
  if (command === '') return [];
  const place = placeOfKnob(loaded, 'sign-command', label);
  const whose = label === undefined ? 'modules are' : `${label} is`;
  const message = `${whose} signed by ${command} (sign-command, set in ${place})`;
  if (await isExecutable(await resolveInRoot(root, command))) return [{ check: 'key', level: 'ok', message }];
  return [
    {
      check: 'key',
      level: 'problem',
      message: `${message}, which is not there or cannot be executed`,
      next: `install ${command}, or correct sign-command in ${place}`,
    },
  ];
}
