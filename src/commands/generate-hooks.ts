import { join, resolve } from 'node:path';
import { findAdapter } from '../adapters/index.ts';
import type { RenderedFile } from '../adapters/types.ts';
import { run } from '../system/exec.ts';
import { readTextIfPresent } from '../system/files.ts';
import { type Delivery, deliver } from './generate.ts';
import { generateSubject, type SubjectOptions } from './generate-subject.ts';
import { printJson, printLines, say, sayLines } from './output.ts';

export interface GenerateHooksOptions extends Delivery, SubjectOptions {
  readonly check: boolean;
  readonly lint: boolean;
}

/** `kmodsmith generate ADAPTER KIND`: renders native hook files. Returns 1 when they are out of date, or shellcheck minds. */
export async function runGenerateHooks(options: GenerateHooksOptions): Promise<number> {
  const { spec, about } = await generateSubject(options);
  const files = findAdapter(options.adapter).renderHooks(spec);
  const faults = options.lint ? await lint(files) : [];
  sayLines(faults);
  const status = options.check ? await check(files, options) : await deliver(files, { ...options, about });
  return faults.length > 0 ? 1 : status;
}

/** What is committed is below the output folder, or where the source is. */
async function check(files: readonly RenderedFile[], options: GenerateHooksOptions): Promise<number> {
  const folder = options.output ?? options.source ?? '.';
  const found = await Promise.all(files.map(({ path }) => readTextIfPresent(join(resolve(folder), path))));
  const outdated = files
    .filter(({ content }, index) => found[index] !== content)
    .map(({ path }) => join(folder, path));
  if (options.json) printJson({ version: 1, outdated });
  else printLines(outdated.map((path) => `${path} is not what would be written now`));
  if (outdated.length > 0) say('the files are out of date; the same call without --check writes them');
  return outdated.length > 0 ? 1 : 0;
}

/** What shellcheck finds, each script's file in front; nothing where it is not installed, which is said. */
async function lint(files: readonly RenderedFile[]): Promise<string[]> {
  const argv = ['shellcheck', '--shell=sh', '--format=gcc', '-'];
  const scripts = files.filter(
    ({ content, path }) => content.startsWith('#!/bin/sh\n') || /\.kmodsmith$/.test(path),
  );
  const found: string[] = [];
  for (const { path, content } of scripts) {
    const result = await run(argv, { input: content }).catch(() => undefined);
    if (result === undefined) {
      say('shellcheck is not installed; no script is checked by it');
      return [];
    }
    found.push(
      ...result.stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.replace(/^-/, path)),
    );
  }
  return found;
}
