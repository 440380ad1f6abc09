import type { SandboxFolder } from '../sandbox/sandbox.ts';
import { placeOf } from './place.ts';
import type { BuildRequest } from './request.ts';

/**
 * Sets the dkms.conf variables without exporting them, takes what the file of build_environment exports and nothing else
 * of it, then evaluates the command, as dkms does (dkms-compat.md section 2.6).
 */
const evaluator = `
kmodsmith_command=$1 kmodsmith_file=$2
shift 2
for kmodsmith_item; do printf -v "\${kmodsmith_item%%=*}" %s "\${kmodsmith_item#*=}"; done
shift $#
[ ! -f "$kmodsmith_file" ] || eval "$(. "$kmodsmith_file" >/dev/null; export -p)"
eval "$kmodsmith_command"
exit $?
`;

/** The argv by which a command of a dkms.conf is evaluated, which may write to `more` than its build folder. */
export function shellCommand(
  request: BuildRequest,
  command: string,
  ...more: readonly SandboxFolder[]
): string[] {
  const { variables, settings } = request;
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const environment = settings.framework.buildEnvironment ?? '';
  const shell = ['bash', '--noprofile', '--norc', '-c', evaluator, 'dkms', command, environment];
  return enclose(request, [...shell, ...assignments], ...more);
}

/** A program of the build in its sandbox, if it has one; its folder and arguments are as it sees them. */
export function enclose(
  request: Pick<BuildRequest, 'layout' | 'module' | 'kernel' | 'settings'>,
  argv: readonly string[],
  ...more: readonly SandboxFolder[]
): string[] {
  const { sandbox, politeness = [] } = request.settings;
  const { folder, seenAs } = placeOf(request);
  const own = folder === seenAs ? folder : { source: folder, target: seenAs, isWritable: true };
  return [...politeness, ...(sandbox?.wrap(own, ...more) ?? []), ...argv];
}
