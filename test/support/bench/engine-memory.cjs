// Preloaded into the engine's process: writes down how much memory it ever had at once, in kB, when it ends. What it
// starts gets a clean environment, and so is not counted.
const { appendFileSync, readFileSync } = require('node:fs');

process.on('exit', () => {
  const [, peak] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  appendFileSync('/srv/engine-memory', `${peak}\n`);
});
