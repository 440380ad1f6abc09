import { readFramework } from '../config/framework.ts';
import { placeOfKnob } from '../config/place-of-knob.ts';
import { readDistribution } from '../core/facts.ts';
import { listReleases, readKernelTree } from '../core/kernels.ts';
import type { Layout } from '../core/layout.ts';
import { type CertificateFacts, readCertificate } from '../core/signing/certificate.ts';
import { makeKeyPair } from '../core/signing/mok.ts';
import { withoutPin } from '../core/signing/pin.ts';
import { isByCommand, type Signing, signingByKernel } from '../core/signing/signing.ts';
import { findKeyPair, inspectKeyPair, type KeyPair } from '../core/signing/signing-keys.ts';
import type { Distribution } from '../distros/index.ts';
import { type CommonOptions, openContext, parseKernel } from './context.ts';
import { printJson, printLines } from './output.ts';

export interface SigningKeyOptions extends CommonOptions {
  /** Releases; every kernel when left out. */
  readonly kernel: readonly string[] | undefined;
  /** Make the pair that is missing. */
  readonly generate: boolean;
  /** Only say what `generate` would make. */
  readonly dryRun: boolean;
}

interface PairReport {
  readonly pair: KeyPair;
  readonly made: 'yes' | 'no' | 'would be';
  readonly problems: readonly string[];
  readonly certificate: CertificateFacts | undefined;
}

interface KernelReport {
  readonly release: string;
  readonly signing: Signing;
}

/**
 * `kmodsmith signing-key`: shows what modules are signed with, kernel by kernel; with `--generate` makes the pair first.
 * @throws KmodsmithError SIGNING_KEY_FAILED.
 */
export async function runSigningKey(options: SigningKeyOptions): Promise<number> {
  const { layout, loaded } = await openContext(options);
  const machine = { layout, distribution: await readDistribution(layout), environment: {} };
  const releases = options.kernel?.length ? options.kernel.map(parseKernel) : await listReleases(layout);
  const command = loaded.policies.base['sign-command'];
  const pairs: PairReport[] = [];
  for (const pair of await findPairs(machine, releases)) pairs.push(await reportPair(pair, layout, options));
  const signingOf = signingByKernel({ ...machine, mayMakeKeys: false, inChroot: true });
  const kernels: KernelReport[] = [];
  for (const release of releases)
    kernels.push({ release, signing: await signingOf(await readKernelTree(layout, release), command) });
  const place = placeOfKnob(loaded, 'sign-command');
  const signer = command === '' ? undefined : { command, place };
  const found = { pairs, kernels, ...(signer && { signer }) };
  if (options.json) printJson(toDocument(found));
  else printLines(linesOf(found));
  return 0;
}

interface Machine {
  readonly layout: Layout;
  readonly distribution: Distribution;
  readonly environment: Readonly<Record<string, string>>;
}

/** Mostly one: framework.conf may name another for every kernel. */
async function findPairs(machine: Machine, releases: readonly string[]): Promise<KeyPair[]> {
  const found = new Map<string, KeyPair>();
  for (const release of releases.length === 0 ? [undefined] : releases) {
    const { signing: settings } = await readFramework(
      machine.layout.root,
      release === undefined ? {} : { kernel: release },
    );
    const tree = release === undefined ? undefined : await readKernelTree(machine.layout, release);
    const pair = await findKeyPair({ ...machine, settings, ...(tree && { tree }) });
    found.set(JSON.stringify(pair), pair);
  }
  return [...found.values()];
}

async function reportPair(
  pair: KeyPair,
  layout: Layout,
  { generate, dryRun }: SigningKeyOptions,
): Promise<PairReport> {
  const before = await inspectKeyPair(pair);
  const isNeeded = before.missing.length > 0 && before.unusable.length === 0 && pair.maker !== 'nobody';
  const made = generate && !dryRun && (await makeKeyPair(pair, { layout, environment: {} }));
  const { missing, unusable } = await inspectKeyPair(pair);
  const certificate = await readCertificate(pair);
  const problems = [
    ...missing.map((path) => `${path} is missing`),
    ...unusable,
    ...(missing.length + unusable.length === 0 && certificate === undefined
      ? [`${pair.certificate} is no certificate`]
      : []),
    ...(certificate?.belongsToKey === false ? [`${pair.certificate} does not belong to ${pair.key}`] : []),
  ];
  const wouldBe = generate && dryRun && isNeeded ? 'would be' : 'no';
  return { pair, made: made ? 'yes' : wouldBe, problems, certificate };
}

interface Found {
  readonly pairs: readonly PairReport[];
  readonly kernels: readonly KernelReport[];
  /** What the policy has sign in place of sign-file, and where it says so. */
  readonly signer?: { readonly command: string; readonly place: string };
}

function toDocument({ pairs, kernels, signer }: Found) {
  return {
    version: 1,
    ...(signer && { signer }),
    pairs: pairs.map(({ pair: { key, certificate }, made, problems, certificate: facts }) => {
      return { key: withoutPin(key), certificate, made, problems, ...(facts && { facts }) };
    }),
    kernels: kernels.map(({ release, signing }) => ({ release, ...withoutSecrets(signing) })),
  };
}

function withoutSecrets(signing: Signing): Signing {
  return 'key' in signing ? { ...signing, key: withoutPin(signing.key) } : signing;
}

/** Where a program signs that has a key of its own, a pair that is not there is none that is missing. */
function linesOf({ pairs, kernels, signer }: Found): string[] {
  const told =
    signer === undefined ? pairs : pairs.filter(({ made, certificate }) => made !== 'no' || certificate);
  return [
    ...(signer === undefined ? [] : [`sign-command: ${signer.command}, set in ${signer.place}`]),
    ...told.flatMap(pairLines),
    ...kernels.map(kernelLine),
  ];
}

function pairLines({ pair, made, problems, certificate }: PairReport): string[] {
  const until = certificate && new Date(certificate.validUntil).toISOString().slice(0, 10);
  return [
    `key: ${withoutPin(pair.key)}`,
    `certificate: ${pair.certificate}`,
    ...(certificate ? [`  ${certificate.subject}, until ${until}, SHA-1 ${certificate.fingerprint}`] : []),
    ...problems.map((problem) => `  ${problem}`),
    ...(made === 'would be' ? ['  would be made'] : []),
    ...(made === 'yes' ? madeLines(pair) : []),
    ...(made === 'no' && problems.length > 0 && pair.maker !== 'nobody'
      ? ["  'kmodsmith signing-key --generate' makes what is missing."]
      : []),
  ];
}

function madeLines({ certificate }: KeyPair): string[] {
  return [
    '  Made just now. A kernel under Secure Boot takes modules signed with it once the certificate is enrolled:',
    `    mokutil --import ${certificate}`,
    '  and confirmed at the next boot. What was built before stays unsigned until it is built anew.',
  ];
}

function kernelLine({ release, signing }: KernelReport): string {
  if (!signing.sign) return `${release}: modules are not signed: ${signing.because}`;
  if (isByCommand(signing)) return `${release}: modules are signed by ${signing.command}, ${signing.hash}`;
  return `${release}: modules are signed with ${withoutPin(signing.key)}, ${signing.hash}, by ${signing.program}`;
}
