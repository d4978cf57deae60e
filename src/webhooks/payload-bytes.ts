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

/**
 * Walks with a list of its own: each value is visited once and nothing is copied from level to level, and nesting of
 * any depth (an answer that was fetched is stored as it came) costs no stack. Places in a list are no text of a body.
 */
function leavesOf(root: unknown): string[] {
  const texts: string[] = [];
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === 'string') texts.push(value);
    else if (typeof value === 'number') texts.push(String(value));
    else if (Array.isArray(value)) for (const item of value as unknown[]) waiting.push(item);
    else if (typeof value === 'object' && value !== null)
      for (const [name, part] of Object.entries(value)) {
        texts.push(name);
        waiting.push(part);
      }
  }
  return texts;
}
