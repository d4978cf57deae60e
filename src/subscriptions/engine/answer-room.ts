/** Nothing is started while more than this is kept of answers that are not written yet, over all subscribers. */
const MOST_UNWRITTEN = 8 * 1024 * 1024;
/** So much of answers is written by one statement, and about as much in one transaction. */
const MOST_AT_ONCE = 4 * 1024 * 1024;

interface HasAnswers {
  /** Characters of answers. */
  readonly answerSize: number;
}

/** Whether there is room for more answers. Subscribers choose how long their answers are, up to 64 kB each. */
export function hasRoom(unwritten: readonly Iterable<HasAnswers>[]): boolean {
  let size = 0;
  for (const some of unwritten) for (const one of some) size += one.answerSize;
  return size <= MOST_UNWRITTEN;
}

/** Cuts a list into parts that are each written at once, in their order. One that is larger by itself is a part. */
export function partsOf<T>(list: readonly T[], sizeOf: (one: T) => number): T[][] {
  const parts: T[][] = [];
  let size = Infinity;
  for (const one of list) {
    const own = sizeOf(one);
    if (size + own > MOST_AT_ONCE) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)?.push(one);
    size += own;
  }
  return parts;
}
