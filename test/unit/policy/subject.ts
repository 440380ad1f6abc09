import type { Subject } from '../../../src/policy/advice.ts';
import { type PairSketch, type WorldSketch, world } from '../../support/world.ts';

export interface SubjectSketch {
  pair?: PairSketch;
  module?: WorldSketch['modules'][string];
  kernel?: WorldSketch['kernels'][string];
}

/** foo/1.0 for the kernel 6.1, as far as they differ from what `world` says. */
export function subjectOf({ pair = {}, module = {}, kernel = {} }: SubjectSketch = {}): Subject {
  const facts = world({
    kernels: { '6.1': kernel },
    modules: { 'foo/1.0': module },
    pairs: { 'foo/1.0 6.1': pair },
  });
  const [[one], [ofPair], [ofKernel]] = [facts.modules, facts.pairs, facts.kernels];
  if (one === undefined || ofPair === undefined || ofKernel === undefined) throw new Error('no world');
  return { module: one, pair: ofPair, kernel: ofKernel };
}
