import { spawnSync } from 'node:child_process';
import { getuid } from 'node:process';
import { fileURLToPath } from 'node:url';
import { bundleProgram } from './bundle.ts';

export interface Script {
  /** What to import, by the path of the source file from the top of the repository. */
  imports: Readonly<Record<string, string>>;
  code: string;
}

const top = fileURLToPath(new URL('../../', import.meta.url));

/** Makes `path` a program for a Node process of its own that runs some of our sources. */
export async function bundleScript(path: string, { imports, code }: Script): Promise<string> {
  const lines = Object.entries(imports).map(
    ([file, names]) => `import ${names} from ${JSON.stringify(`${top}${file}`)};`,
  );
  await bundleProgram(path, { stdin: { contents: `${lines.join('\n')}\n${code}`, resolveDir: top } });
  return path;
}

/** What the program prints when a user runs it who may not read everything. */
export function runAsNobody(script: string): string {
  const drop = getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : ['env'];
  const [program = '', ...args] = [...drop, process.execPath, script];
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', cwd: '/' });
  return stdout + stderr;
}
