import { expect, it } from 'vitest';
import { parseLibraries } from '../../../src/system/enter-root.ts';

it('reads what a program is linked with', () => {
  const output = `\tlinux-vdso.so.1 (0x00007f6d514fa000)
\tlibstdc++.so.6 => /lib/x86_64-linux-gnu/libstdc++.so.6 (0x00007f6d51200000)
\tlibgone.so.1 => not found
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f6d50f3e000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f6d514fc000)
`;
  expect(parseLibraries(output)).toEqual({
    libraries: [
      ['libstdc++.so.6', '/lib/x86_64-linux-gnu/libstdc++.so.6'],
      ['libc.so.6', '/lib/x86_64-linux-gnu/libc.so.6'],
    ],
    loader: '/lib64/ld-linux-x86-64.so.2',
  });
});

it('reads what musl says of its one library', () => {
  const output = `\t/lib/ld-musl-x86_64.so.1 (0x7f1c8d6d5000)
\tlibc.musl-x86_64.so.1 => /lib/ld-musl-x86_64.so.1 (0x7f1c8d6d5000)
`;
  expect(parseLibraries(output)).toEqual({
    libraries: [['libc.musl-x86_64.so.1', '/lib/ld-musl-x86_64.so.1']],
    loader: '/lib/ld-musl-x86_64.so.1',
  });
});

it('knows a program that needs nothing', () => {
  expect(parseLibraries('\tstatically linked\n')).toEqual({ libraries: [], loader: undefined });
});
