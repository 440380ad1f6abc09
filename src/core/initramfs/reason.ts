import type { Layout } from '../layout.ts';
import { kernelName, type ObjectNames } from './content.ts';
import type { ModuleIndex } from './module-index.ts';
import { mentions, readSettings, type Setting } from './settings.ts';
import type { InitramfsTool } from './tool.ts';

export interface Question {
  readonly layout: Layout;
  readonly tool: InitramfsTool;
  /** Names of the kernel objects that changed; undefined when nobody knows. */
  readonly objects: readonly string[] | undefined;
  /** What is in the image; undefined when that cannot be told. */
  readonly content: ObjectNames | undefined;
  readonly index: ModuleIndex;
}

/** Why an image has to be made anew, as the end of a sentence; undefined when nothing speaks for it. */
export async function findReason(question: Question): Promise<string | undefined> {
  const { layout, tool, objects, content, index } = question;
  if (objects === undefined) return 'what changed is not known any more';
  if (content === undefined) return `what is in ${tool.image} cannot be told`;
  const settings = await readSettings(layout, tool);
  for (const name of objects) {
    const why = presence(name, content) ?? wish(name, settings);
    if (why !== undefined) return why;
    for (const other of index.dependentsOf(name)) {
      const through = presence(other, content) ?? wish(other, settings);
      if (through !== undefined) return `${through}, and needs ${name}`;
    }
  }
  return undefined;
}

function presence(name: string, content: ObjectNames): string | undefined {
  return content.has(kernelName(name)) ? `${name} is in it` : undefined;
}

function wish(name: string, settings: readonly Setting[]): string | undefined {
  const found = settings.find((setting) => mentions(setting, name));
  return found && `${name} belongs there by ${found.path}`;
}
