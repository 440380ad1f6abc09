import { join } from 'node:path';
import { readBytes } from '../../system/files.ts';
import { Fingerprints, sha256 } from '../../system/fingerprint.ts';
import { insideRoot } from '../../system/root.ts';
import type { Tool } from '../build/toolchain.ts';
import { type BuildCoordinates, type Layout, resultFolder } from '../layout.ts';
import type { InputFile, Provenance } from './provenance.ts';

/** Names of ours in attestations; the number counts up when what the parameters mean changes. */
const buildType = 'urn:kmodsmith:build:1';
const builder = 'urn:kmodsmith:engine';

/** An in-toto ResourceDescriptor (in-toto attestation spec 1.0, field types). */
interface Resource {
  readonly name: string;
  readonly uri?: string;
  readonly digest?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

/** An in-toto Statement v1 with a predicate of SLSA provenance v1. */
export interface Attestation {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly Resource[];
  readonly predicateType: 'https://slsa.dev/provenance/v1';
  readonly predicate: {
    readonly buildDefinition: {
      readonly buildType: string;
      readonly externalParameters: Readonly<Record<string, unknown>>;
      readonly internalParameters: Readonly<Record<string, unknown>>;
      readonly resolvedDependencies: readonly Resource[];
    };
    readonly runDetails: {
      readonly builder: { readonly id: string; readonly version?: Readonly<Record<string, string>> };
      readonly metadata: Readonly<Record<'invocationId' | 'startedOn' | 'finishedOn', string>>;
      readonly byproducts: readonly Resource[];
    };
  };
}

/**
 * What is recorded of a build in the words that verifiers know. Made from the record when somebody asks: the record is
 * read at every survey and holds what makes that fast, which no verifier wants. Paths are absolute inside the root.
 */
export async function attest(
  layout: Layout,
  at: BuildCoordinates,
  provenance: Provenance,
): Promise<Attestation> {
  const { startedAt, finishedAt, outputs, context } = provenance;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: outputs.map(({ name, sha256: digest }) => ({ name, digest: { sha256: digest } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType,
        externalParameters: externalParameters(provenance),
        internalParameters: internalParameters(layout, provenance),
        resolvedDependencies: dependenciesOf(layout, provenance),
      },
      runDetails: {
        builder: { id: builder, ...(context && { version: { kmodsmith: context.toolkit } }) },
        metadata: {
          invocationId: `${at.module.name}/${at.module.version}/${at.release}/${at.arch}/${startedAt}`,
          startedOn: new Date(startedAt).toISOString(),
          finishedOn: new Date(finishedAt).toISOString(),
        },
        byproducts: await byproductsOf(layout, at),
      },
    },
  };
}

/** What somebody asked for. */
function externalParameters({ module, kernel, origin, context }: Provenance) {
  return { module, kernel, origin, ...(context?.because && { because: context.because }) };
}

/** What followed from it and from the machine. */
function internalParameters(layout: Layout, provenance: Provenance) {
  const { make, directives, symbols, dependencies, signing, headerTrees = [], context } = provenance;
  const { patches, environment, packages } = context ?? {};
  const scripts = context?.scripts.map((one) => ({ ...one, program: insideRoot(layout.root, one.program) }));
  const trees = headerTrees.map((tree) => ({ ...tree, path: insideRoot(layout.root, tree.path) }));
  return {
    ...{ make, directivesSha256: directives, symbols, patches, scripts, environment, packages, signing },
    ...{ modules: dependencies, headerTrees: trees },
  };
}

function dependenciesOf(layout: Layout, provenance: Provenance): Resource[] {
  const { module, sources, overrides = [], reads = [], headers, kbuild, context } = provenance;
  const { kernelConfig, moduleSymvers, tools } = provenance;
  const rooted = (role: string, files: readonly Pick<InputFile, 'path' | 'sha256'>[]) =>
    files.map(({ path, sha256: digest }) => resource(role, insideRoot(layout.root, path), digest));
  const source = `${layout.sourceTree}/${module.name}-${module.version}`;
  return [
    ...rooted(
      'source',
      sources.map((file) => ({ ...file, path: join(source, file.path) })),
    ),
    ...rooted('override', overrides),
    ...rooted('read-by-script', reads),
    ...rooted('setting', context?.settings ?? []),
    ...rooted('header', headers),
    ...rooted('kbuild', kbuild),
    ...rooted('kernel-config', [kernelConfig]),
    ...rooted('module-symvers', [moduleSymvers]),
    ...tools.map(toolResource),
  ];
}

function resource(role: string, path: string, digest: string): Resource {
  const known = digest === '' ? {} : { digest: { sha256: digest } };
  return { name: path, uri: fileUri(path), ...known, annotations: { role } };
}

function toolResource({ program, path, version, target, sha256: digest }: Tool): Resource {
  return {
    ...{ name: program, uri: fileUri(path) },
    ...(digest !== undefined && { digest: { sha256: digest } }),
    annotations: { role: 'tool', version, ...(target !== undefined && { target }) },
  };
}

/** RFC 8089. */
function fileUri(path: string): string {
  return `file://${path.split('/').map(encodeURIComponent).join('/')}`;
}

async function byproductsOf(layout: Layout, at: BuildCoordinates): Promise<Resource[]> {
  const folder = resultFolder(layout, at);
  const fingerprints = new Fingerprints();
  const digest = fingerprints.of(join(folder, 'log/make.log'))?.sha256;
  const record = await readBytes(join(folder, 'provenance.json')).catch(() => undefined);
  const inside = insideRoot(layout.root, folder);
  return [
    ...(digest === undefined ? [] : [resource('log', join(inside, 'log/make.log'), digest)]),
    ...(record === undefined ? [] : [resource('record', join(inside, 'provenance.json'), sha256(record))]),
  ];
}
