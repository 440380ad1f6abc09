import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { ObjectFacts } from '../scenario.ts';

const scratch = '/run/twins/object.ko';
const facts = /^(version|srcversion|license|depends|vermagic|parm|description|signer|sig_id|sig_hashalgo):/;

/** What the module tools say about a kernel object. */
export function objectFacts(content: Buffer): ObjectFacts {
  writeFileSync(scratch, content);
  try {
    const info = execFileSync('modinfo', [scratch], { encoding: 'utf8', stdio: 'pipe' });
    const sections = execFileSync('readelf', ['-SW', scratch], { encoding: 'utf8', stdio: 'pipe' });
    return {
      info: info.split('\n').filter((line) => facts.test(line)),
      hasDebugSections: / \.z?debug_/.test(sections),
    };
  } catch {
    return { info: ['no kernel object'], hasDebugSections: false };
  }
}
