/** RFC 4180: a field with a comma, a quote or the end of a line is quoted, and its quotes are doubled. */
const NEEDS_QUOTES = /[",\r\n]/;

/** A spreadsheet takes a field that begins with one of these for a formula, and runs it. */
const BEGINS_FORMULA = /^[=+\-@\t\r]/;

/** A field of text. An apostrophe before what could be a formula makes a spreadsheet show it as text. */
export function csvField(text: string | null): string {
  if (text === null) return '';
  const safe = BEGINS_FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One line, with the end that RFC 4180 asks for. */
export const csvLine = (fields: readonly (string | null)[]): string =>
  `${fields.map(csvField).join(',')}\r\n`;
