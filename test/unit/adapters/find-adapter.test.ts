import { expect, it } from 'vitest';
import { findAdapter } from '../../../src/adapters/index.ts';
import { parseEvent } from '../../../src/adapters/parse-event.ts';
import { KmodsmithError } from '../../../src/errors.ts';

it.each(['dpkg', 'pacman', 'rpm'])('finds %s by its id', (id) => expect(findAdapter(id).id).toBe(id));

it.each(['', 'apk', 'DPKG', '__proto__', 'constructor'])('names the known ids when there is no %j', (id) => {
  try {
    findAdapter(id);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(KmodsmithError);
    expect(error).toMatchObject({ code: 'ADAPTER_UNKNOWN', hint: 'Use one of: dpkg, pacman, rpm.' });
  }
});

it('reads a call by the adapter that it names', () => {
  const call = { adapter: 'dpkg', entry: 'toolkit', args: ['configure'], env: {}, at: 1 };
  expect(parseEvent(call)).toEqual([{ subject: 'toolkit', transition: 'install', at: 1 }]);
  expect(parseEvent({ ...call, adapter: '__proto__' })).toEqual({ ignored: 'unknown-adapter: "__proto__"' });
});
