import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { MAX_SUBSCRIPTIONS } from '../subscription-problems.js';
import { takeDueChallenges } from '../subscription.store.js';
import { Challenge } from './challenge.js';

/** At a time: one for each subscription, so that no URL waits for others that hang. Each ends with its time limit. */
const MAX_CHALLENGES = MAX_SUBSCRIPTIONS;
/** Longer than a challenge takes with its time limit. */
const LEASE_MS = 30_000;

/** Sends the challenges that are due. A step starts them and awaits none. */
@Injectable()
export class ChallengeRounds implements BeforeApplicationShutdown {
  private readonly underWay = new Set<Promise<void>>();
  private readonly failures: PromiseRejectedResult[] = [];
  private isStopping = false;
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly db: DataSource,
    private readonly challenge: Challenge,
  ) {}

  /** Resolves with how many were started. Rejects where one that a step before started could not be sent or noted. */
  step(): Promise<number> {
    if (this.isStopping) return Promise.resolve(0);
    const round = this.round();
    this.running = round;
    return round;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    await this.running.catch(() => undefined);
    await Promise.all(this.underWay);
  }

  private async round(): Promise<number> {
    const [failure] = this.failures.splice(0);
    if (failure !== undefined) throw failure.reason;
    const free = MAX_CHALLENGES - this.underWay.size;
    if (free <= 0) return 0;
    const due = await takeDueChallenges(this.db.manager, free, LEASE_MS);
    for (const id of due) this.start(id);
    return due.length;
  }

  private start(id: string): void {
    const asked = this.challenge.ask(id).then(
      () => void this.underWay.delete(asked),
      (reason: unknown) => {
        this.underWay.delete(asked);
        this.failures.push({ status: 'rejected', reason });
      },
    );
    this.underWay.add(asked);
  }
}
