/** One row of the report: a figure, measured once or several times, and what it is held against. */
export interface Finding {
  /** The number of the question in the report; figures of one question stand together. */
  question: number;
  /** What tells apart the parts of a question that has several: `b` in 4b. */
  part?: string;
  what: string;
  unit: string;
  /** One for each round. */
  figures: readonly number[];
  /** What the figures are compared with, round by round, and what that was. */
  reference?: { what: string; figures: readonly number[] };
  target?: Target;
}

export interface Target {
  /** A ratio where there is a reference, else a figure. */
  kind: 'at least' | 'at most';
  value: number;
  aim?: number;
}

/** `4b` */
export const numberOf = ({ question, part = '' }: Finding): string => `${question}${part}`;

/** Question by question, part by part; of a part in the order in which they were found. */
export const inOrder = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((a, b) => a.question - b.question || (a.part ?? '').localeCompare(b.part ?? '', 'en'));

/** Figure by reference, each with its own round's: what slows the machine down for a while slows down both. */
export function ratiosOf({ figures, reference }: Finding): number[] | null {
  if (!reference) return null;
  return figures.map((figure, at) => figure / (reference.figures[at] ?? NaN));
}

/** Whether the median holds; null where nothing is asked. */
export function isMet(finding: Finding): boolean | null {
  const { target, figures } = finding;
  if (!target) return null;
  const value = median(ratiosOf(finding) ?? figures);
  return target.kind === 'at least' ? value >= target.value : value <= target.value;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
