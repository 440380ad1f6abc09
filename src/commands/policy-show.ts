import { resolve } from 'node:path';
import { type EffectivePolicy, type EffectiveValues, effectivePolicy } from '../config/effective-policy.ts';
import { formatPlace } from '../config/format-problem.ts';
import { formatSource, formatValue } from '../config/format-value.ts';
import { loadPolicy } from '../config/load-policy.ts';
import type { LoadedPolicy } from '../config/merge-policy.ts';
import type { PresetChoice } from '../config/policy-file.ts';
import { invalidPolicyStatus } from '../errors.ts';
import { type CommonOptions, parseModule, parseModuleName } from './context.ts';
import { printJson, printLines, sayProblems } from './output.ts';

export interface PolicyShowOptions extends CommonOptions {
  readonly module: string | undefined;
}

/** `kmodsmith policy show [MODULE]`: what is in force and where it comes from, however much of the files is invalid. */
export async function runPolicyShow({ root, json, module }: PolicyShowOptions): Promise<number> {
  if (module !== undefined) checkName(module);
  const loaded = await loadPolicy(resolve(root));
  const effective = effectivePolicy(loaded, module);
  const { preset, problems } = loaded;
  if (json)
    printJson({ version: 1, ...(module !== undefined && { module }), preset, ...effective, problems });
  else printLines(lines(loaded, effective));
  sayProblems(problems);
  return problems.length === 0 ? 0 : invalidPolicyStatus;
}

/** @throws KmodsmithError USAGE. */
function checkName(module: string): void {
  if (module.includes('/')) parseModule(module);
  else parseModuleName(module);
}

type Row = readonly [knob: string, value: string, source: string];

function lines({ preset }: LoadedPolicy, { knobs, modules }: EffectivePolicy): string[] {
  const first = [presetRow(preset), ...rows(knobs)];
  const others = Object.entries(modules).map(([label, own]) => ({ label, own: rows(own) }));
  const align = aligner([...first, ...others.flatMap(({ own }) => own)]);
  return [
    ...first.map(align),
    ...others.flatMap(({ label, own }) => ['', `module ${label}`, ...own.map(align)]),
  ];
}

function presetRow(preset: PresetChoice | undefined): Row {
  return ['preset', preset?.preset ?? 'default', preset === undefined ? 'default' : formatPlace(preset)];
}

function rows(values: EffectiveValues): Row[] {
  return Object.entries(values).map(([knob, { value, source }]) => [
    knob,
    formatValue(value),
    formatSource(source),
  ]);
}

/** Makes each of the first two columns as wide as its widest cell. */
function aligner(table: readonly Row[]): (row: Row) => string {
  const first = Math.max(...table.map(([knob]) => knob.length));
  const second = Math.max(...table.map(([, value]) => value.length));
  return ([knob, value, source]) => `${knob.padEnd(first)}  ${value.padEnd(second)}  ${source}`;
}
