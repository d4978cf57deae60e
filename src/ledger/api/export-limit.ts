import { Injectable } from '@nestjs/common';
import { problemOf, type ProblemType } from '../../feature.js';

/** Each export holds a connection of the pool of 16 until its reader is done. */
const MAX_EXPORTS = 2;
const RETRY_AFTER_SECONDS = 10;

export const TOO_MANY_EXPORTS: ProblemType = {
  type: '/problems/too-many-exports',
  title: 'Too many exports are under way',
  status: 503,
  when: `${MAX_EXPORTS} exports are under way in this process`,
};

/** Bounds the exports that a process serves at a time. */
@Injectable()
export class ExportLimit {
  private running = 0;

  /** Runs an export. @throws Problem 503 while there are too many. */
  async run(work: () => Promise<void>): Promise<void> {
    if (this.running >= MAX_EXPORTS)
      throw problemOf(TOO_MANY_EXPORTS, {}, { 'Retry-After': String(RETRY_AFTER_SECONDS) });
    this.running++;
    try {
      await work();
    } finally {
      this.running--;
    }
  }
}
