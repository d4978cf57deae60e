/** How many random histories a property is tried with, and which. */
export interface HistoryRuns {
  numRuns: number;
  seed?: number;
  path?: string;
}

/**
 * 300 unless `HISTORIES` says otherwise (`npm run test:nightly` says 10000); `share` makes it a part of them, where a
 * history is dear. A property that fails prints its seed and its path: with `HISTORIES_SEED` and `HISTORIES_PATH` it
 * begins with that very history.
 */
export function historyRuns(share = 1): HistoryRuns {
  const { HISTORIES, HISTORIES_SEED: seed, HISTORIES_PATH: path } = process.env;
  return {
    numRuns: Math.ceil(Number(HISTORIES ?? 300) * share),
    ...(seed !== undefined && { seed: Number(seed) }),
    ...(path !== undefined && { path }),
  };
}
