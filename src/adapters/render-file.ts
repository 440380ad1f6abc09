import { renderTemplate, type Template } from '../render/render-template.ts';
import type { RenderedFile } from './types.ts';

export interface FileTemplate extends Omit<Template, 'name'> {
  readonly path: string;
  readonly mode: number;
}

/** A file of a package, made from its template. @throws KmodsmithError RENDER_UNSAFE. */
export function renderFile({ path, mode, ...template }: FileTemplate, view: object): RenderedFile {
  return { path, mode, content: renderTemplate({ ...template, name: path }, view) };
}
