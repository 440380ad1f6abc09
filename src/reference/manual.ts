import { version } from '../../package.json';
import dkmsPage from '../../templates/shared/dkms.8.hbs';
import confPage from '../../templates/shared/dkms.conf.5.hbs';
import ownPage from '../../templates/shared/kmodsmith.8.hbs';
import { dkmsVersion } from '../core/dkms-version.ts';
import { type ErrorCode, KmodsmithError } from '../errors.ts';
import { sentence } from '../formats/sentence.ts';
import { renderTemplate } from '../render/render-template.ts';
import { deprecatedDirectives, directiveWords } from './directive-words.ts';
import { dkmsProgram } from './dkms-program.ts';
import { errorWords } from './error-words.ts';
import { ownProgram } from './own-program.ts';
import { policyView } from './policy-section.ts';
import type { Operand, Program, ProgramAction, ProgramOption } from './program.ts';

const templates = { 'kmodsmith.8': ownPage, 'dkms.8': dkmsPage, 'dkms.conf.5': confPage };

export type PageName = keyof typeof templates;
export const pageNames = ['kmodsmith.8', 'dkms.8', 'dkms.conf.5'] as const satisfies readonly PageName[];

/** A manual page: what the tables say, with prose around it. */
export function renderPage(name: PageName): string {
  return renderTemplate(
    { template: templates[name], name },
    { version, dkmsVersion, written, ...views[name]() },
  );
}

/** The day on which the prose of the pages was last gone over. */
const written = '2026-11-22';

const views: Readonly<Record<PageName, () => object>> = {
  'kmodsmith.8': () => ({ ...programView(ownProgram()), ...policyView(), errors: errorRows('exitCode') }),
  'dkms.8': () => ({ ...programView(dkmsProgram()), errors: errorRows('dkmsStatus') }),
  'dkms.conf.5': () => ({
    directives: Object.entries(directiveWords).map(([name, words]) => ({ name, ...words })),
    deprecated: deprecatedDirectives.map((name) => ({ name })),
  }),
};

function programView({ actions, commonOptions }: Program) {
  const every = [...actions.flatMap(({ options }) => options), ...commonOptions];
  return {
    actions: actions.map((action, index) => ({ first: index === 0, ...actionView(action) })),
    commonOptions: commonOptions.map(optionView),
    options: [...new Map(every.map((option) => [option.flags.join(), optionView(option)])).values()],
  };
}

function actionView({ name, summary, details = '', operands, options }: ProgramAction) {
  return {
    name,
    summary,
    sentence: sentence(summary),
    details,
    operands: operands.map(operandView),
    options: options.map(optionView),
  };
}

function operandView({ name, optional, repeatable, description }: Operand) {
  return {
    name: name.toUpperCase(),
    optional: optional === true,
    repeatable: repeatable === true,
    description,
  };
}

function optionView({ flags, placeholder = '', repeatable, description }: ProgramOption) {
  return {
    flags: flags.join(', '),
    first: flags[0],
    placeholder,
    repeatable: repeatable === true,
    description,
  };
}

/** The codes by exit status, the lowest first. */
function errorRows(which: 'exitCode' | 'dkmsStatus') {
  const codes = Object.entries(errorWords) as [ErrorCode, string][];
  return codes
    .map(([code, words]) => ({ code, words, status: new KmodsmithError(code, words)[which] }))
    .toSorted((a, b) => a.status - b.status)
    .map((row) => ({ ...row, status: String(row.status) }));
}
