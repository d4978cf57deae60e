import type { Role } from './env.js';

/** Which part of the service this process is (`ROLE`), as the two questions that the code asks. */
export class ProcessRole {
  /** The process takes webhooks and serves the read API. */
  readonly receives: boolean;
  /** The process works on what is stored: deliveries, fetches, handler runs, mails, and jobs by the clock. */
  readonly works: boolean;

  constructor(role: Role) {
    this.receives = role !== 'worker';
    this.works = role !== 'intake';
  }
}
