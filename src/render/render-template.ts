import Handlebars from 'handlebars';
import { KmodsmithError, messageOf } from '../errors.ts';
import { helpers } from './helpers.ts';
import { includeParts, type Parts } from './include-parts.ts';
import { findUnhelped } from './unhelped.ts';

export interface Template {
  /** Handlebars. */
  readonly template: string;
  /** What to call it in messages. */
  readonly name: string;
  /** What a line `{{> name}}` stands for. */
  readonly parts?: Parts;
}

/**
 * The text of a rendered file. Every value of the view goes through a quoting helper; Handlebars' own escaping is
 * for HTML and would neither keep a shell word intact nor stop `$(…)`.
 * @throws KmodsmithError RENDER_UNSAFE for a template with a mustache that calls no helper, and for a value that
 *   its helper does not let pass
 */
export function renderTemplate({ template, name, parts = {} }: Template, view: object): string {
  try {
    return compile(includeParts(template, parts))(view);
  } catch (error) {
    throw new KmodsmithError('RENDER_UNSAFE', `template ${name}: ${messageOf(error)}`, { cause: error });
  }
}

const environment = Handlebars.create();
environment.registerHelper(helpers);
environment.registerHelper('each', eachOfArray);

function compile(template: string): Handlebars.TemplateDelegate {
  const unhelped = findUnhelped(template);
  if (unhelped.length > 0) throw new KmodsmithError('RENDER_UNSAFE', unhelped.join('; '));
  return environment.compile(template, {
    noEscape: true,
    strict: true,
    knownHelpersOnly: true,
    knownHelpers: Object.fromEntries(Object.keys(helpers).map((helper) => [helper, true])),
    preventIndent: true,
  });
}

/** Handlebars' own renders a missing list as nothing, and so hides a misspelt name. */
function eachOfArray(this: unknown, items: unknown, options: Handlebars.HelperOptions): string {
  if (!Array.isArray(items)) throw new KmodsmithError('RENDER_UNSAFE', '{{#each}} needs a list');
  const builtIn = Handlebars.helpers['each'] as Handlebars.HelperDelegate;
  return builtIn.call(this, items, options);
}
