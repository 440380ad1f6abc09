import { explainReason, explainSkip, moduleLabel } from './explain.ts';
import { type Forecast, isAbsent, type Obstacle } from './preflight.ts';

/** A line for each module, and then, a line each, what an admin has to know before the kernel is booted. */
export function explainForecasts(found: readonly Forecast[], release: string): string[] {
  if (found.length === 0) return ['No module is registered.'];
  const alarms = found.flatMap((one) => alarmOf(one, release));
  const calm = `Nothing that is in use would be missing from ${release}.`;
  return [...found.flatMap((one) => linesOf(one, release)), '', ...(alarms.length === 0 ? [calm] : alarms)];
}

function linesOf(found: Forecast, release: string): string[] {
  const { trial } = found;
  const label = moduleLabel(found.module);
  if (trial?.result !== 'fails') return [`${label}: ${explainFate(found)}`];
  const [first = '', ...others] = trial.message.split('\n');
  const log = trial.log === undefined ? [] : [`    log: ${trial.log}`];
  // The message of an error names module and kernel itself.
  const pair = `${label} for ${release}`;
  const what = first.startsWith(pair) ? first.slice(pair.length).replace(/^:? /, '') : first;
  return [`${label}: fails, ${what}`, ...others.map((line) => `    ${line}`), ...log];
}

function explainFate(found: Forecast): string {
  const { trial } = found;
  switch (found.fate) {
    case 'keep':
    case 'absent':
      return explainSkip(found.because);
    case 'install':
      return `would be installed, ${explainReason(found.because)}`;
    case 'remove':
      return `would be removed, ${explainReason(found.because)}`;
    case 'build': {
      if (trial?.result === 'builds') return `builds, ${explainReason(found.because)}`;
      const untried = trial?.result === 'untried' ? `; not tried, ${explainObstacle(trial.because)}` : '';
      return `would be built, ${explainReason(found.because)}${untried}`;
    }
  }
}

function explainObstacle(obstacle: Obstacle): string {
  switch (obstacle.code) {
    case 'needs-installed':
      return `${obstacle.names.join(', ')} would have to be installed first`;
    case 'needs-failed':
      return `${obstacle.names.join(', ')} does not build, and it depends on that`;
    case 'needs-place':
      return `its build names ${obstacle.path}, which is there only when the headers are installed`;
    case 'trouble':
      return obstacle.message;
  }
}

/** In capitals: it must not be missed among the lines of all the modules. */
function alarmOf(found: Forecast, release: string): string[] {
  const { severity, inUse, installed } = found;
  if (severity === undefined) return [];
  const subject = `${severity === 'failure' ? 'CRITICAL' : 'WARNING'}: ${moduleLabel(found.module)}`;
  if (!isAbsent(found)) {
    const stays = installed ? ', which keeps the build it has' : '';
    return [`${subject} could not be built for ${release}${stays}`];
  }
  const use = inUse.length === 0 ? '' : ` is installed for ${inUse.join(' and ')} and`;
  return [`${subject}${use} WOULD BE MISSING from ${release}`];
}
