import { type DistributionSigning, debianSigning, gentooSigning, ubuntuSigning } from './signing.ts';

/** What a distribution is, as data. Which package manager it has is the adapters' business. */
export interface Distribution {
  readonly family: 'debian' | 'arch' | 'fedora' | 'suse' | 'other';
  /** Where all modules go below /lib/modules/<release>, whatever dkms.conf asks for (dkms(8), DEST_MODULE_LOCATION). */
  readonly moduleFolder?: string;
  readonly signing?: DistributionSigning;
  /** The tool that links modules into other kernels with the same ABI (dkms-compat.md section 3.6). */
  readonly weakModules?: 'weak-modules' | 'weak-modules2';
  /**
   * The package that brings the headers of a kernel, or undefined where its name does not follow from the release, nor from
   * what the kernel's own `pkgbase` says it was made from.
   */
  headersPackage(release: string, pkgbase?: string): string | undefined;
  /** The kernel's own package brings the link to the headers, which leads nowhere while they are not installed. */
  readonly imageBringsBuildLink?: true;
  /** The package that brings a major version of a compiler, or a linker. */
  compilerPackage?(kind: 'gcc' | 'clang' | 'lld', major: string | undefined): string;
}

const debian: Distribution = {
  family: 'debian',
  moduleFolder: 'updates/dkms',
  headersPackage: (release) => `linux-headers-${release}`,
  compilerPackage: (kind, major) => (major === undefined ? kind : `${kind}-${major}`),
  signing: debianSigning,
};

const ubuntu: Distribution = { ...debian, signing: ubuntuSigning };

const arch: Distribution = {
  family: 'arch',
  moduleFolder: 'updates/dkms',
  headersPackage: (_release, pkgbase) => pkgbase && `${pkgbase}-headers`,
  compilerPackage: (kind) => kind,
};

const fedora: Distribution = {
  family: 'fedora',
  moduleFolder: 'extra',
  headersPackage: (release) => `kernel-devel-${release}`,
  imageBringsBuildLink: true,
  compilerPackage: (kind) => kind,
};

/** Its kernels keep their ABI, Fedora's do not. */
const rhel: Distribution = { ...fedora, weakModules: 'weak-modules' };

const suse: Distribution = {
  family: 'suse',
  weakModules: 'weak-modules2',
  moduleFolder: 'updates',
  headersPackage: (release) => `kernel-${release.split('-').at(-1)}-devel`,
  imageBringsBuildLink: true,
  compilerPackage: (kind, major) => `${kind}${kind === 'lld' ? '' : (major ?? '')}`,
};

const other: Distribution = { family: 'other', headersPackage: () => undefined };

const gentoo: Distribution = { ...other, signing: gentooSigning };

/** ID and ID_LIKE words of os-release(5). */
const byWord: ReadonlyMap<string, Distribution> = new Map([
  ['debian', debian],
  ['ubuntu', ubuntu],
  ['arch', arch],
  ['fedora', fedora],
  ['rhel', rhel],
  ['centos', rhel],
  ['ol', rhel],
  ['suse', suse],
  ['sles', suse],
  ['opensuse', suse],
  ['gentoo', gentoo],
]);

/** The distribution of an os-release: by its ID, else by the first ID_LIKE word that is known. */
export function detectDistribution(release: {
  readonly id: string;
  readonly idLike: readonly string[];
}): Distribution {
  for (const word of [release.id, ...release.idLike]) {
    const found = byWord.get(word) ?? byWord.get(word.split('-')[0] ?? '');
    if (found !== undefined) return found;
  }
  return other;
}
