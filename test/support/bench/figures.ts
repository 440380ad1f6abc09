/** What one run of a command took, its children included. */
export interface Cost {
  /** Seconds by the clock. */
  readonly real: number;
  /** Seconds of the processors. */
  readonly cpu: number;
}

/** A goal of the build core: at most this. */
export interface Goal {
  /** Left out for what has no goal of its own. */
  readonly atMost?: number;
  readonly unit: 'x' | 's' | 'ms' | 'MB';
}

export interface Comparison {
  readonly what: string;
  readonly theirs: readonly Cost[];
  readonly ours: readonly Cost[];
  readonly goal?: Goal;
}

/** How often each side runs; KMODSMITH_BENCH_RUNS while a bench is being written. */
export const runs = Number(process.env['KMODSMITH_BENCH_RUNS'] ?? 3);

/** One line with both medians, their ratio, the goal and every run. */
export function compare({ what, theirs, ours, goal = { unit: 'x' } }: Comparison): void {
  const [their, our] = [theirs, ours].map((costs) => median(costs.map(({ real }) => real)));
  if (their === undefined || our === undefined) return;
  const ratio = our / their;
  const medians = `dkms ${seconds(their)}, kmodsmith ${seconds(our)}, ratio ${ratio.toFixed(3)}`;
  print(what, `${medians} ${verdict(ratio, goal)}`, [
    ...describeRuns('dkms', theirs),
    ...describeRuns('kmodsmith', ours),
  ]);
}

/** What a side adds to what is done without it. */
export interface Addition {
  readonly what: string;
  readonly without: readonly Cost[];
  readonly theirs: readonly Cost[];
  readonly ours: readonly Cost[];
  /** How often the script of one run does what is told of. */
  readonly times?: number;
}

/** What it takes without either side, and what each adds to that: by the clock, and of the processors, which a busy machine blurs less. */
export function compareAdded({ what, without, theirs, ours, times = 1 }: Addition): void {
  for (const kind of ['real', 'cpu'] as const) {
    const [none, their, our] = [without, theirs, ours].map(
      (costs) => median(costs.map((cost) => cost[kind])) / times,
    );
    if (none === undefined || their === undefined || our === undefined) return;
    const added = `dkms adds ${seconds(their - none)}, kmodsmith adds ${seconds(our - none)}`;
    // What is below nothing is what the runs differ by anyway.
    const ratio =
      Math.min(our, their) > none ? `ratio ${((our - none) / (their - none)).toFixed(3)}` : 'no ratio';
    print(`${what}: ${kind}`, `${seconds(none)} without either, ${added}, ${ratio}`, []);
  }
  const each = times === 1 ? '' : ` (${times} times each)`;
  const sides = { 'without either': without, dkms: theirs, kmodsmith: ours };
  for (const [who, costs] of Object.entries(sides))
    for (const line of describeRuns(`${who}${each}`, costs)) console.log(`  ${line}`);
}

/** One line of what has no counterpart at dkms. */
export function measured(what: string, values: readonly number[], goal: Goal): void {
  const value = median(values);
  const all = values.length > 1 ? [`each: ${values.map((one) => one.toFixed(1)).join(' ')}`] : [];
  print(what, `${value.toFixed(value < 10 ? 2 : 1)} ${goal.unit} ${verdict(value, goal)}`, all);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** Runs two sides in turn, so that a machine that gets slower does so for both. */
export async function alternate<T>(
  theirs: () => Promise<T>,
  ours: () => Promise<T>,
): Promise<{ theirs: T[]; ours: T[] }> {
  const found: { theirs: T[]; ours: T[] } = { theirs: [], ours: [] };
  for (let run = 0; run < runs; run++) {
    found.theirs.push(await theirs());
    found.ours.push(await ours());
  }
  return found;
}

function verdict(value: number, { atMost, unit }: Goal): string {
  if (atMost === undefined) return '';
  return `(goal: at most ${atMost} ${unit}, ${value <= atMost ? 'met' : 'NOT MET'})`;
}

function describeRuns(who: string, costs: readonly Cost[]): string[] {
  return [`${who}: ${costs.map(({ real, cpu }) => `${seconds(real)} (cpu ${seconds(cpu)})`).join(', ')}`];
}

function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 3 : 1)} s`;
}

function print(what: string, line: string, details: readonly string[]): void {
  console.log([`${what}: ${line}`, ...details.map((detail) => `  ${detail}`)].join('\n'));
}
