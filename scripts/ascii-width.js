/**
 * In the bundles, in place of string-width: how many columns a text takes.
 * @param {string} text printable ASCII
 * @returns {number}
 */
// biome-ignore lint/style/noDefaultExport: string-width has this one
export default function asciiWidth(text) {
  return text.length;
}
