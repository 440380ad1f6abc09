import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes that may pile up before it is worth a collection. */
const room = 12 * 1024 ** 2;

let usedAfterwards = 0;

/** Gives up what nobody refers to any more, if there is much of it: V8 lets 50 MB and more pile up before it looks. */
export function releaseMemory(): void {
  if (usedMemory() < usedAfterwards + room) return;
  // The one way to ask for it without a word on the command line (node's manual, v8.setFlagsFromString).
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('globalThis.gc');
  if (typeof collect === 'function') collect();
  usedAfterwards = usedMemory();
}

/** process.memoryUsage() looks into /proc, which installers' roots may lack. */
function usedMemory(): number {
  const { used_heap_size: heap, external_memory: buffers } = getHeapStatistics();
  return heap + buffers;
}
