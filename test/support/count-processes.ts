import { createHook } from 'node:async_hooks';

/** How many processes this one starts while `work` runs. */
export async function countProcesses(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const hook = createHook({
    init: (_, type) => {
      if (type === 'PROCESSWRAP') count += 1;
    },
  }).enable();
  await work().finally(() => hook.disable());
  return count;
}
