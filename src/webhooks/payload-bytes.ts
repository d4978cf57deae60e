/**
 * Every text in a body: values and names, of JSON at any depth or of a form, unescaped, and numbers as they read.
 * What is neither is one text.
 */
export function textsIn(bytes: Buffer): string[] {
  const text = bytes.toString('utf8');
  try {
    return leavesOf(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [text, ...[...new URLSearchParams(text)].flat()];
  }
}

function leavesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, part]) => [name, ...leavesOf(part)]);
}
