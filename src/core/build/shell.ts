import { buildFolder } from '../layout.ts';
import type { SandboxFolder } from '../sandbox/sandbox.ts';
import { compilerEnvironment } from './compiler-environment.ts';
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

/** A program of the build in its sandbox, if it has one. */
export function enclose(
  { layout, module, settings }: Pick<BuildRequest, 'layout' | 'module' | 'settings'>,
  argv: readonly string[],
  ...more: readonly SandboxFolder[]
): string[] {
  return [...(settings.sandbox?.wrap(buildFolder(layout, module), ...more) ?? []), ...argv];
}

/** What every process of a build has in its environment; by it they are found when the engine has died. */
export const processMark = 'KMODSMITH_BUILD';

/** What make and the scripts of a build see. */
export async function buildEnvironment(
  request: BuildRequest,
  folder: string,
): Promise<Record<string, string>> {
  const { module, kernel, settings, tree } = request;
  return {
    ...settings.environment,
    ...(await compilerEnvironment(tree)),
    module: module.name,
    module_version: module.version,
    kernelver: kernel.release,
    arch: kernel.arch,
    [processMark]: folder,
  };
}
