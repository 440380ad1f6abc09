import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { reportMatrix } from '../../src/policy/matrix/report.ts';
import { presetNames, presetPolicy } from '../../src/policy/presets.ts';
import { renderMatrixMarkdown } from '../../src/reference/matrix-markdown.ts';

const folder = join(import.meta.dirname, '../../docs/matrix');

it.each(presetNames)('docs/matrix says what the preset %s does', async (preset) => {
  const content = renderMatrixMarkdown(reportMatrix({ policy: presetPolicy(preset), preset }));
  expect(content).toMatch(/[^\n]\n$/);
  await expect(content).toMatchFileSnapshot(join(folder, `${preset}.md`));
});

it('docs/matrix has nothing else', () => {
  expect(readdirSync(folder).sort()).toEqual(presetNames.map((preset) => `${preset}.md`).sort());
});
