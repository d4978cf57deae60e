/**
 * An error that this service, or a handler of the shop, words for operators: its name and its message are logged,
 * stored with the work that failed, and shown. The message is a sentence of our own. It never holds a value that came
 * from outside (an address, a payload, a server's text): every other error is told by class and code alone.
 */
export abstract class ReportableError extends Error {}

/** The lease ran out and another process has the work: its result counts, the work of this one is rolled back. */
export class LeaseLostError extends ReportableError {
  override readonly name = 'LeaseLostError';

  constructor() {
    super('the lease ran out while the work was under way; another process has it now');
  }
}
