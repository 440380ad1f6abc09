import { type Directive, deprecatedDirectives } from '../core/conf/directive-names.ts';

type Current = Exclude<Directive, (typeof deprecatedDirectives)[number]>;

export interface DirectiveWords {
  /** Whether it is an array with an entry for each module, patch or choice. */
  readonly indexed: boolean;
  /** What counts when it is not given. */
  readonly otherwise: string;
  readonly meaning: string;
}

const scalar = (otherwise: string, meaning: string): DirectiveWords => ({
  indexed: false,
  otherwise,
  meaning,
});
const indexed = (otherwise: string, meaning: string): DirectiveWords => ({
  indexed: true,
  otherwise,
  meaning,
});

/** The directives of dkms.conf, in the order of the manual; a new one does not compile without its words. */
export const directiveWords: Readonly<Record<Current, DirectiveWords>> = {
  PACKAGE_NAME: scalar('an error', 'The name of the module package.'),
  PACKAGE_VERSION: scalar('an error', 'Its version.'),
  BUILT_MODULE_NAME: indexed(
    'PACKAGE_NAME, where there is one module only',
    'What the object is called that make leaves behind, without .ko.',
  ),
  BUILT_MODULE_LOCATION: indexed(
    'the top',
    'The folder below the build folder where make leaves the object.',
  ),
  DEST_MODULE_NAME: indexed('BUILT_MODULE_NAME', 'What the installed module is called, without .ko.'),
  DEST_MODULE_LOCATION: indexed(
    'an error',
    "Where the module belongs below the kernel's folder: a path that begins with /kernel, /updates or /extra. Most distributions have a place of their own, which wins.",
  ),
  STRIP: indexed('the first entry, or yes', 'yes or no: whether debugging symbols are taken out.'),
  MAKE: indexed(
    'make in the build tree of the kernel, with M set to the build folder',
    'The shell command that compiles, run in the build folder. A leading make gets the number of jobs and KERNELRELEASE.',
  ),
  MAKE_MATCH: indexed(
    'the first MAKE counts',
    'A regular expression; the last MAKE whose MAKE_MATCH is found in the kernel release is the one that is run.',
  ),
  PATCH: indexed(
    'none',
    'A file in the folder patches of the source, applied with patch -p1 before the build, in the order of the array.',
  ),
  PATCH_MATCH: indexed('every kernel', 'A regular expression: the patch is for kernel releases that match.'),
  AUTOINSTALL: scalar(
    'no',
    'yes: the module is built and installed for every kernel that comes, without anybody asking.',
  ),
  BUILD_DEPENDS: indexed(
    'none',
    'The name of another module package that has to be installed for the kernel before this one is built.',
  ),
  BUILD_DEPENDS_REBUILD: scalar(
    'no',
    'yes: build again when another version of such a package is installed.',
  ),
  BUILD_EXCLUSIVE_KERNEL: indexed(
    'every kernel',
    'A regular expression: only kernel releases that match get the module.',
  ),
  BUILD_EXCLUSIVE_KERNEL_MIN: indexed('no limit', 'The oldest kernel version that gets the module.'),
  BUILD_EXCLUSIVE_KERNEL_MAX: indexed('no limit', 'The newest kernel version that gets the module.'),
  BUILD_EXCLUSIVE_ARCH: indexed(
    'every architecture',
    'A regular expression: only architectures that match get the module.',
  ),
  BUILD_EXCLUSIVE_CONFIG: indexed(
    'no condition',
    'Kernel settings, as words: CONFIG_X has to be y or m, !CONFIG_X must not be set.',
  ),
  POST_ADD: scalar('none', 'Run when the module has been registered.'),
  PRE_BUILD: scalar(
    'none',
    'Run in the build folder after the patches, before make. Failing stops the build.',
  ),
  POST_BUILD: scalar('none', 'Run when the build is in its place.'),
  PRE_INSTALL: scalar('none', 'Run before modules are put in place. Failing stops the installation.'),
  POST_INSTALL: scalar('none', 'Run when the modules are in place, before depmod.'),
  POST_REMOVE: scalar('none', 'Run whenever the module has been taken out of a kernel.'),
  NO_WEAK_MODULES: scalar(
    'no',
    'yes: on distributions with weak modules, do not share this one between kernels.',
  ),
};

export { deprecatedDirectives };
