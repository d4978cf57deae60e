/**
 * All texts in a body: values and names of JSON at any depth or of a form, unescaped, and numbers as text. A name comes
 * directly before its value. Other bytes, such as truncated JSON, are read as plain text without escapes and as a form.
 * Base64 is not decoded. Linear in the number of bytes, and without recursion, because the sender chooses the depth.
 */
export function extractTexts(bytes: Buffer): string[] {
  const text = bytes.toString('utf8');
  try {
    return collectLeaves(JSON.parse(text)).flatMap(possibleSpellings);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [...possibleSpellings(text), ...[...new URLSearchParams(text)].flat()];
  }
}

function collectLeaves(root: unknown): string[] {
  const leaves: string[] = [];
  const waiting: object[] = [];
  const take = (value: unknown): void => {
    if (typeof value === 'string') leaves.push(value);
    else if (typeof value === 'number') leaves.push(String(value));
    else if (typeof value === 'object' && value !== null) waiting.push(value);
  };
  take(root);
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop())
    for (const [name, part] of Object.entries(value)) {
      if (!Array.isArray(value)) leaves.push(name);
      take(part);
    }
  return leaves;
}

/** The text, and the text without JSON and percent escapes if it has any: a value may itself be JSON or part of a URL. */
export function possibleSpellings(text: string): string[] {
  const plain = text.includes('\\') ? text.replace(JSON_ESCAPE, unescapeJson) : text;
  const decoded = plain.includes('%') ? plain.replace(PERCENT_ESCAPES, decodePercent) : plain;
  return decoded === text ? [text] : [text, decoded];
}

const JSON_ESCAPE = /\\(?:u([0-9a-f]{4})|(["\\/]))/gi;
const unescapeJson = (_: string, code: string | undefined, sign: string | undefined): string =>
  code === undefined ? (sign ?? '') : String.fromCharCode(parseInt(code, 16));

const PERCENT_ESCAPES = /(?:%[0-9a-f]{2})+/gi;
function decodePercent(escapes: string): string {
  try {
    return decodeURIComponent(escapes);
  } catch (error) {
    if (error instanceof URIError) return escapes;
    throw error;
  }
}
