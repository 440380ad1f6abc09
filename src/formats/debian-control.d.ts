/** What deb822.ts uses of it. */
declare module 'debian-control' {
  export function parse(paragraph: string): Record<string, string | string[]>;
  export function stringify(paragraph: Record<string, string | string[]>): string;
}
