/** A template is imported as its text: esbuild's text loader in the bundle, a plugin of vitest.config.ts in tests. */
declare module '*.hbs' {
  const text: string;
  export default text;
}
