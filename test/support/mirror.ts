import { execute } from './process.ts';

export interface Mirror {
  archive: string;
  security: string;
  /** apt settings the host needs to reach it: proxies, and clocks that are off. */
  aptOptions: readonly string[];
}

/** The Debian mirror that the host itself uses. */
export async function hostMirror(): Promise<Mirror> {
  const targets = await execute(['apt-get', 'indextargets', '--format', '$(REPO_URI)'], {
    allowFailure: true,
  });
  const addresses = targets.stdout
    .toString()
    .split('\n')
    .map((line) => line.replace(/\/+$/, ''));
  const ending = (name: string) => addresses.find((address) => address.endsWith(`/${name}`));
  const archive = ending('debian');
  const security = ending('debian-security');
  if (archive === undefined || security === undefined) {
    throw new Error("the host's apt sources name no Debian archive, or none for security updates");
  }
  return { archive, security, aptOptions: await reachOptions() };
}

async function reachOptions(): Promise<string[]> {
  const dump = await execute(['apt-config', 'dump'], { allowFailure: true });
  const settings = dump.stdout.toString().matchAll(/^(Acquire::(?:Check|https?::Proxy)\S*) "(.+)";$/gm);
  return [...settings].flatMap(([, name, value]) => ['-o', `${name}=${value}`]);
}
