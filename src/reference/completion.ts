import { isDeepStrictEqual } from 'node:util';
import bash from '../../templates/shared/completion.bash.hbs';
import fish from '../../templates/shared/completion.fish.hbs';
import zsh from '../../templates/shared/completion.zsh.hbs';
import engineTemplate from '../../templates/shared/completion-engine.sh.hbs';
import { renderTemplate } from '../render/render-template.ts';
import type { Program, ProgramAction, ProgramOption } from './program.ts';

const templates = { bash, zsh, fish };

export type Shell = keyof typeof templates;
export const shells = ['bash', 'zsh', 'fish'] as const satisfies readonly Shell[];

/**
 * A program's completion file for a shell. What there is to choose from is found by one piece of POSIX shell, the same in
 * all of them, so that no completion starts the program itself.
 */
export function renderCompletion(program: Program, shell: Shell): string {
  const view = { program: program.name, engine: renderEngine(program) };
  return renderTemplate({ template: templates[shell], name: `completion.${shell}` }, view);
}

/** The part that looks at the words and at the disk, as it stands in every completion file. */
export function renderEngine(program: Program): string {
  return renderTemplate({ template: engineTemplate, name: 'completion-engine.sh' }, engineView(program));
}

function engineView({ actions, groups, commonOptions }: Program) {
  const valueOptions = valueViews([...commonOptions, ...actions.flatMap((action) => action.options)]);
  return {
    actions: [
      ...actions.map(actionView),
      ...groups.map(({ name }) => ({ name, modules: 'any', kernels: 'present', options: [] })),
    ],
    groups: [
      { name: '', members: members([...actions, ...groups], '') },
      ...groups.map(({ name }) => ({ name, members: members(actions, `${name} `) })),
    ],
    commonOptions: flagViews(commonOptions),
    operands: actions.flatMap((action) =>
      action.operands.map(({ kind, choices = [], repeatable }, index) => ({
        ...{ place: `${action.name}/${index}`, action: `${action.name}/`, repeatable: repeatable === true },
        ...{ kind, choices: choices.join('\n') },
      })),
    ),
    valueOptions,
    exceptions: exceptionsOf(actions, valueOptions),
  };
}

function actionView({ name, subjects, options }: ProgramAction) {
  return { name, ...subjects, options: flagViews(options) };
}

/** The next words of the names that begin so. */
function members(actions: readonly { name: string; summary: string }[], prefix: string) {
  return actions
    .filter(({ name }) => name.startsWith(prefix) && !name.slice(prefix.length).includes(' '))
    .map(({ name, summary }) => ({ name: name.slice(prefix.length), summary }));
}

function flagViews(options: readonly ProgramOption[]) {
  return options.flatMap(({ flags, description }) => flags.map((flag) => ({ flag, description })));
}

/** Each flag once, by what it mostly means. */
function valueViews(options: readonly ProgramOption[]) {
  const views = options.flatMap(({ flags, kind, choices = [] }) =>
    kind === undefined ? [] : flags.map((flag) => ({ flag, kind, choices: choices.join('\n') })),
  );
  return [...new Map(views.map((view) => [view.flag, view])).values()];
}

/** The flags that mean something else for an action. */
function exceptionsOf(actions: readonly ProgramAction[], usual: ReturnType<typeof valueViews>) {
  return actions.flatMap(({ name, options }) =>
    valueViews(options)
      .filter((view) => !usual.some((other) => isDeepStrictEqual(other, view)))
      .map(({ flag, ...view }) => ({ place: `${name}/${flag}`, ...view })),
  );
}
