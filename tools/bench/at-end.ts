/** What has to be undone, newest first, however the run ends. */
const cleanups: (() => Promise<void> | void)[] = [];

/** Returns the same work, to be done early: it is then done once only. */
export function onExit(undo: () => Promise<void> | void): () => Promise<void> {
  const once = async (): Promise<void> => {
    const at = cleanups.indexOf(once);
    if (at === -1) return;
    cleanups.splice(at, 1);
    await undo();
  };
  cleanups.push(once);
  return once;
}

let cleaning: Promise<void> | null = null;

/** One thing after the other, also when a signal and the end of the run both ask for it. */
export function cleanUp(): Promise<void> {
  cleaning ??= runCleanups();
  return cleaning;
}

async function runCleanups(): Promise<void> {
  for (let undo = cleanups.at(-1); undo !== undefined; undo = cleanups.at(-1)) {
    await Promise.resolve(undo()).catch((error: unknown) => console.error('while cleaning up:', error));
  }
}

/** Whether the run was told to end: what fails from then on fails because of it. */
export const isInterrupted = (): boolean => interrupted;
let interrupted = false;

/** Ctrl-C and a polite kill clean up too. */
export function cleanUpOnSignals(): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      interrupted = true;
      void cleanUp().finally(() => process.exit(code));
    });
  }
}
