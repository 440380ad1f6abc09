import type { ConfReader } from '../../src/core/conf/conf-reader.ts';
import { evaluateConfs } from '../../src/core/conf/dkms-conf.ts';
import type { Layout } from '../../src/core/layout.ts';

/** For tests of what comes after: the shells of dkms.conf files are kept nowhere. */
export function readerOf(layout: Layout): ConfReader {
  return { layout, evaluate: (requests) => evaluateConfs(requests) };
}
