import { afterEach, expect, it } from 'vitest';
import { localTime } from '../../../src/commands/local-time.ts';

const zone = process.env['TZ'];
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

it.each([
  ['UTC', 1_700_000_000_000, '2023-11-14 22:13:20 +0000'],
  ['Asia/Kolkata', 1_700_000_000_000, '2023-11-15 03:43:20 +0530'],
  ['America/St_Johns', 1_700_000_000_999, '2023-11-14 18:43:20 -0330'],
  ['Europe/Berlin', 1_700_000_000_000, '2023-11-14 23:13:20 +0100'],
  ['Europe/Berlin', 1_720_000_000_000, '2024-07-03 11:46:40 +0200'],
])('in %s %i is %s', (name, at, text) => {
  process.env['TZ'] = name;
  expect(localTime(at)).toBe(text);
});
