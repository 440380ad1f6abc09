interface Words {
  /** As the end of a sentence. */
  readonly what: string;
  /** What to do next; left out where the error itself says so. */
  readonly advice?: string;
  /** The same inputs may well succeed the next time. */
  readonly passing?: true;
}

/** Why builds fail, as far as what was said tells: a closed catalogue. */
const catalogue = {
  headers: {
    what: "the kernel's headers are not complete",
    advice: 'Install the headers package of this kernel again.',
  },
  toolchain: {
    what: 'a compiler, a linker or another program is missing, or does not fit',
    advice: 'Install what the error names, in the version that the kernel was built with.',
  },
  api: {
    what: 'it was written for another kernel: an interface is gone or has changed',
    advice: 'Look for a version of the module that knows this kernel, or stay with a kernel that it knows.',
  },
  patch: {
    what: 'a patch does not fit its source',
    advice: "Install the module's package again, or lay a patch that fits into /etc/dkms/<module>/patches.",
  },
  script: {
    what: 'a script of its package failed',
    advice: 'The log has all that the script said.',
  },
  source: {
    what: 'its source does not compile',
    advice: 'Look for another version of the module, or report it to those who made its package.',
  },
  package: { what: 'its package lacks what its dkms.conf names' },
  verification: { what: 'the kernel would refuse what was built' },
  memory: {
    what: 'memory ran out, or something killed it',
    advice:
      'Leave more memory free, or set parallel_jobs in /etc/dkms/framework.conf. The next run tries again.',
    passing: true,
  },
  space: {
    what: 'there was no space left',
    advice: 'Make room; kmodsmith gc may help. The next run tries again.',
    passing: true,
  },
  interrupted: {
    what: 'it was ended from outside',
    advice: 'The next run tries again.',
    passing: true,
  },
  changed: { what: 'a file changed while it was read', passing: true },
  denied: {
    what: 'it was kept from something: by missing rights, a read-only place or the lack of a network',
    advice:
      'A build needs nothing but its own folder, the headers and programs; the error names what it was after.',
  },
  other: { what: 'for a reason that is not known here' },
} as const satisfies Record<string, Words>;

export type FailureClass = keyof typeof catalogue;

/** Also tells those apart that a later version has written down. */
export function isFailureClass(text: unknown): text is FailureClass {
  return typeof text === 'string' && Object.hasOwn(catalogue, text);
}

/** Whether another attempt is worth it although nothing has changed. */
export function isPassing(failureClass: FailureClass): boolean {
  return wordsOf(failureClass).passing === true;
}

/** As the end of a sentence; empty where there is nothing to say. */
export function explainFailureClass(failureClass: FailureClass | undefined): string {
  return failureClass === undefined || failureClass === 'other' ? '' : wordsOf(failureClass).what;
}

/** What to do next, as whole sentences; none where the error itself says so. */
export function adviseFailure(failureClass: FailureClass | undefined): string[] {
  const advice = failureClass && wordsOf(failureClass).advice;
  return advice === undefined ? [] : [advice];
}

function wordsOf(failureClass: FailureClass): Words {
  return catalogue[failureClass];
}
