/** Texts that templates share, by name. */
export type Parts = Readonly<Record<string, string>>;

/**
 * The template with each line `{{> name}}` replaced by that part, as text: what comes of it is one template, of which every
 * mustache is checked. Handlebars' own partials would be compiled unseen; one that is left over is refused like any other.
 */
export function includeParts(template: string, parts: Parts): string {
  return template.replace(/^\{\{> ([a-z-]+)\}\}\n/gm, (line, name: string) => {
    if (!Object.hasOwn(parts, name)) return line;
    const { [name]: part = '', ...others } = parts;
    return includeParts(part, others);
  });
}
