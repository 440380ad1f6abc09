export type Tool = 'rpm' | 'dnf' | 'zypper';

export type Operation = 'install' | 'upgrade' | 'downgrade' | 'reinstall';

/** A package of the repository, and what becomes of it. */
export interface Change {
  readonly name: string;
  readonly version: string;
  readonly operation: Operation;
  /** On the host. */
  readonly file: string;
}

interface Transactions {
  /** The command that does all of it in one transaction. */
  install(changes: readonly Change[]): string[];
  /** NAME, or NAME-VERSION-RELEASE of several. */
  remove(names: readonly string[]): string[];
}

const inRepository = ({ file }: Change) => `/srv/repository/${file.replace(/^.*\//, '')}`;

/** By the option for what all have in common; -F is an upgrade of what is there. */
const rpm: Transactions = {
  install(changes) {
    const operations = [...new Set(changes.map(({ operation }) => operation))];
    const options: Record<Operation, string[]> = {
      install: ['-i'],
      upgrade: ['-F'],
      downgrade: ['-U', '--oldpackage'],
      // Where another version is there beside it, that one may be newer.
      reinstall: ['--reinstall', '--oldpackage'],
    };
    const [only = 'install', second] = operations;
    const how = second === undefined ? options[only] : ['-U', '--oldpackage', '--replacepkgs'];
    return ['rpm', ...how, ...changes.map(inRepository)];
  },
  remove: (names) => ['rpm', '-e', ...names],
};

const dnf: Transactions = {
  install(changes) {
    const lines = changes.map(({ operation, name, version }) => `${operation} ${name}-${version}\n`);
    // A shell of dnf's ends with success, whatever became of its transaction.
    const script =
      'said=$(printf "%s" "$1" | dnf -y shell 2>&1); echo "$said"; case $said in *Complete!*) ;; *) exit 1 ;; esac';
    return ['sh', '-c', script, 'dnf', `${lines.join('')}run\n`];
  },
  remove: (names) => ['dnf', '-y', 'remove', ...names],
};

const zypperCommand = ['zypper', '--non-interactive', '--no-gpg-checks'];

/** Whatever is asked for is installed anew. */
const zypper: Transactions = {
  install: (changes) => [
    ...[...zypperCommand, 'install', '--force', '--oldpackage'],
    ...changes.map(({ name, version }) => `${name}=${version}`),
  ],
  remove: (names) => [
    ...[...zypperCommand, 'remove'],
    ...names.map((name) => name.replace(/-(\d[^-]*-\d+)$/, '=$1')),
  ],
};

export const transactions: Readonly<Record<Tool, Transactions>> = { rpm, dnf, zypper };
