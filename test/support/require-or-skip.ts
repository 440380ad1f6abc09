import { inject, type TestContext } from 'vitest';

/** Skips the rest of the calling test for the reason given; where CI is set, nothing may be skipped: it fails. */
export function requireOrSkip(context: TestContext, missing: string | undefined): void {
  if (missing === undefined || missing === '') return;
  const line = `${context.task.name}: not run: ${missing.split('\n')[0]}`;
  if (process.env['CI']) throw new Error(line);
  console.log(line);
  context.skip(missing);
}

/** For `beforeEach`: the test needs roots. */
export function requireTestBed(context: TestContext): void {
  requireOrSkip(context, inject('testBedMissing'));
}
