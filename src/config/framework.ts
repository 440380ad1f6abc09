import { join } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import { parseShellAssignments } from '../formats/shell-assignments.ts';
import type { ModuleId } from '../policy/types.ts';
import { listFolder, readTextIfPresent } from '../system/files.ts';

/** The settings of framework.conf that dkms has (dkms(8), FILES; dkms-compat.md section 3.1). */
export interface Framework {
  /** Absolute paths inside the root. */
  readonly sourceTree: string;
  readonly dkmsTree: string;
  readonly installTree: string;
  readonly temporaryFolder: string;
  readonly verbose: boolean;
  /** Install links to the build instead of copies. */
  readonly symlinkModules: boolean;
  readonly autoinstallAllKernels: boolean;
  readonly modprobeOnInstall: boolean;
  /** How many jobs make may run side by side; 0 is any number. */
  readonly parallelJobs?: number;
  /** Options of each program, as words. */
  readonly compression: Readonly<Record<'gzip' | 'xz' | 'zstd', readonly string[]>>;
  /** A shell file whose exported variables make sees. */
  readonly buildEnvironment?: string;
  /** A shell command that is run after a change. */
  readonly postTransaction?: string;
  readonly signing: FrameworkSigning;
  /** Whether the installer of a package goes on to the next kernel when one failed. */
  readonly continueOnError: boolean;
}

/** Paths as given; a key may also be a `pkcs11:` URI. */
export interface FrameworkSigning {
  readonly signFile?: string;
  readonly key?: string;
  readonly certificate?: string;
  readonly trySignModules?: string;
}

/** All that it may set. */
export const frameworkVariables = [
  'source_tree',
  'dkms_tree',
  'install_tree',
  'tmp_location',
  'verbose',
  'symlink_modules',
  'autoinstall_all_kernels',
  'modprobe_on_install',
  'parallel_jobs',
  'compress_gzip_opts',
  'compress_xz_opts',
  'compress_zstd_opts',
  'build_environment',
  'post_transaction',
  'sign_file',
  'mok_signing_key',
  'mok_certificate',
  'try_sign_modules',
  'continue_on_error',
] as const;

type Settings = Readonly<Partial<Record<(typeof frameworkVariables)[number], string>>>;

export interface FrameworkReading {
  /** Paths may name `$kernelver`. */
  readonly kernel?: string;
  /** dkms takes some settings from its environment when no file has them; the engine from nowhere. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What a command may name as `$module`. */
  readonly module?: ModuleId;
  /** Told of a file that ends the shell: it is left out, as dkms does. Without this, that is an error. */
  readonly onWarning?: (message: string) => void;
}

/** Those that dkms never clears, so that its caller's environment counts (dkms-compat.md section 3.2). */
const inherited: readonly (keyof Settings)[] = [
  'parallel_jobs',
  'modprobe_on_install',
  'build_environment',
  'post_transaction',
  'sign_file',
  'mok_signing_key',
  'mok_certificate',
  'try_sign_modules',
];

/**
 * Reads `/etc/dkms/framework.conf` and `framework.conf.d/*.conf`, which are bash. Starts no shell when they say
 * nothing, or nothing but plain assignments as of the drop-ins that distributions ship.
 * @throws KmodsmithError FRAMEWORK_INVALID.
 */
export async function readFramework(root: string, reading: FrameworkReading = {}): Promise<Framework> {
  const { kernel = '', environment = {}, module, onWarning } = reading;
  const files = await findFiles(join(root, 'etc/dkms'));
  const given = Object.fromEntries(
    inherited.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
  const plain = plainSettings(files.map(({ text }) => text));
  if (plain !== undefined) return toFramework({ ...given, ...plain }, environment);
  const paths = files.map(({ path }) => path);
  const named = { kernelver: kernel, module: module?.name ?? '', module_version: module?.version ?? '' };
  const settings = { ...defaults(environment), ...given, ...named };
  const evaluated = await evaluate(paths, settings);
  if (!(evaluated instanceof KmodsmithError)) return toFramework(evaluated, environment);
  if (onWarning === undefined) throw evaluated;
  return toFramework(await evaluateSound(paths, settings, onWarning), environment);
}

async function evaluate(
  files: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<Settings | KmodsmithError> {
  // Most machines do not come here, so what starts a shell is loaded only where it is needed.
  const { evaluateConfs } = await import('../core/conf/dkms-conf.ts');
  const [result] = await evaluateConfs([{ files, variables: settings }], { names: frameworkVariables });
  if (result === undefined || 'error' in result) return invalid(result?.error, files);
  return Object.fromEntries(Object.entries(result.values).map(([name, array]) => [name, array[0] ?? '']));
}

/** What all files say but those with which the shell does not come to its end. */
async function evaluateSound(
  files: readonly string[],
  settings: Readonly<Record<string, string>>,
  onWarning: (message: string) => void,
): Promise<Settings> {
  const sound: string[] = [];
  let found: Settings = settings;
  for (const file of files) {
    const evaluated = await evaluate([...sound, file], settings);
    if (evaluated instanceof KmodsmithError) {
      onWarning(evaluated.message);
      continue;
    }
    sound.push(file);
    found = evaluated;
  }
  return found;
}

/** What a framework.conf may refer to before it sets it. */
function defaults(environment: FrameworkReading['environment'] = {}): Settings {
  return {
    source_tree: '/usr/src',
    dkms_tree: '/var/lib/dkms',
    install_tree: '/lib/modules',
    tmp_location: environment['TMPDIR'] || '/tmp',
  };
}

const comment = /^[ \t]*(?:#.*)?$/;
const assignment =
  /^[ \t]*([a-z_]+)=(?:"[\w./:,;+@%= -]*"|'[\w./:,;+@%= -]*'|[\w./,+@%-]*)(?:[ \t]+#.*|[ \t]*)$/;

/** What the files assign, if a shell would do no more than assign our settings these very characters. */
function plainSettings(texts: readonly string[]): Settings | undefined {
  const text = texts.join('\n');
  const isPlain = text.split('\n').every((line) => {
    const name = assignment.exec(line)?.[1];
    return comment.test(line) || frameworkVariables.some((variable) => variable === name);
  });
  return isPlain ? Object.fromEntries(parseShellAssignments(text)) : undefined;
}

/** The files that are there, in the order in which they are read. */
async function findFiles(folder: string): Promise<{ path: string; text: string }[]> {
  const names = (await listFolder(join(folder, 'framework.conf.d'))).map(({ name }) => name);
  const paths = [
    'framework.conf',
    ...names
      .filter((name) => name.endsWith('.conf') && !name.startsWith('.'))
      .map((name) => `framework.conf.d/${name}`),
  ].map((name) => join(folder, name));
  const texts = await Promise.all(paths.map((path) => readTextIfPresent(path).catch(() => undefined)));
  return paths.flatMap((path, index) => {
    const text = texts[index];
    return text === undefined ? [] : [{ path, text }];
  });
}

function toFramework(found: Settings, environment: FrameworkReading['environment']): Framework {
  const settings: Settings = { ...defaults(environment), ...found };
  const on = (name: keyof Settings) => (settings[name] ?? '') !== '';
  const words = (name: keyof Settings, otherwise: string) =>
    (settings[name] ?? otherwise).split(/\s+/).filter((word) => word !== '');
  return {
    sourceTree: settings.source_tree || '/usr/src',
    dkmsTree: settings.dkms_tree || '/var/lib/dkms',
    installTree: settings.install_tree || '/lib/modules',
    temporaryFolder: settings.tmp_location || '/tmp',
    verbose: on('verbose'),
    symlinkModules: on('symlink_modules'),
    autoinstallAllKernels: on('autoinstall_all_kernels'),
    modprobeOnInstall: on('modprobe_on_install'),
    ...(/^[0-9]+$/.test(settings.parallel_jobs ?? '') && { parallelJobs: Number(settings.parallel_jobs) }),
    compression: {
      gzip: words('compress_gzip_opts', ''),
      xz: words('compress_xz_opts', '--check=crc32 --lzma2=dict=1MiB'),
      zstd: words('compress_zstd_opts', '-q --rm -T0'),
    },
    ...given('buildEnvironment', settings.build_environment),
    ...given('postTransaction', settings.post_transaction),
    signing: {
      ...given('signFile', settings.sign_file),
      ...given('key', settings.mok_signing_key),
      ...given('certificate', settings.mok_certificate),
      ...given('trySignModules', settings.try_sign_modules),
    },
    continueOnError: !/^(no|false|0)$/i.test(settings.continue_on_error ?? 'true'),
  };
}

function given<Key extends string>(key: Key, value: string | undefined): { [K in Key]?: string } {
  return value === undefined || value === '' ? {} : ({ [key]: value } as { [K in Key]: string });
}

function invalid(cause: KmodsmithError | undefined, files: readonly string[]): KmodsmithError {
  const message = cause?.message ?? `${files.join(', ')} could not be evaluated`;
  return new KmodsmithError('FRAMEWORK_INVALID', message, {
    hint: 'Mend the file; every dkms and kmodsmith command reads it.',
  });
}
