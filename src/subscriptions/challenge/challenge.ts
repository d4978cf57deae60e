import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  EventLog,
  FEATURE_SETTINGS,
  type FeatureSettings,
  newId,
  SecretUnreadableError,
} from '../../feature.js';
import { databaseTime } from '../database-time.js';
import { reasonOf } from '../sending/dispatch-end.js';
import { readSchedule } from '../rules/retry-schedule.js';
import { HttpSender } from '../sending/http-sender.js';
import type { SendResult } from '../sending/send-result.js';
import { signMessage } from '../sending/signed-message.js';
import { SubscriptionSecrets } from '../sending/subscription-secrets.js';
import type { Subscription } from '../subscription.entity.js';
import { challengesEnded } from '../subscription.metrics.js';
import { changeSubscription, findSubscription, lockSubscription } from '../subscription.store.js';

export const CHALLENGE_TYPE = 'subscription.challenge';

/**
 * Asks a URL whether it wants events, before any is sent: whoever answers knows the challenge, so nobody can be subscribed
 * who does not run the receiver.
 */
@Injectable()
export class Challenge {
  private readonly schedule: readonly number[];

  constructor(
    private readonly db: DataSource,
    private readonly http: HttpSender,
    private readonly log: EventLog,
    private readonly secrets: SubscriptionSecrets,
    @Inject(FEATURE_SETTINGS) settings: FeatureSettings,
  ) {
    this.schedule = readSchedule(String(settings.SUBSCRIPTION_RETRY_SECONDS));
  }

  /** Asks once. Resolves with null where the subscription is confirmed by it, else with why it is not. */
  async ask(id: string): Promise<string | null> {
    const subscription = await findSubscription(this.db.manager, id);
    if (subscription?.status !== 'unconfirmed') return null;
    const reason = await this.send(subscription);
    challengesEnded.inc({ outcome: reason === null ? 'confirmed' : 'failed' });
    await this.note(subscription, reason);
    return reason;
  }

  private async send(subscription: Subscription): Promise<string | null> {
    const { challenge, url } = subscription;
    const now = new Date();
    const message = { type: CHALLENGE_TYPE, timestamp: now.toISOString(), data: { challenge } };
    try {
      const request = signMessage(
        newId(),
        JSON.stringify(message),
        this.secrets.signing(subscription, now),
        now,
      );
      return reasonAgainst(await this.http.post(new URL(url), request), challenge);
    } catch (error) {
      if (error instanceof SecretUnreadableError) return 'secret_unreadable';
      throw error;
    }
  }

  private async note(asked: Subscription, reason: string | null): Promise<void> {
    const head = await this.log.head();
    await this.db.transaction(async (manager) => {
      const known = await lockSubscription(manager, asked.id);
      // The URL may have changed while it was asked.
      if (known?.status !== 'unconfirmed' || known.challenge !== asked.challenge) return;
      const now = await databaseTime(manager);
      const challengeAttempts = known.challengeAttempts + 1;
      const change =
        reason === null
          ? {
              // A reason says that the subscription was paused before its URL changed.
              status: known.statusReason === null ? ('active' as const) : ('paused' as const),
              challengeDueAt: null,
              challengeError: null,
              confirmedAt: now,
              position: known.position ?? head,
            }
          : { challengeDueAt: this.nextTry(known, challengeAttempts, now), challengeError: reason };
      await changeSubscription(manager, asked.id, { ...change, challengeAttempts });
    });
  }

  /** The last delay of the schedule is used again until the time is over. */
  private nextTry({ challengeUntil }: Subscription, attempts: number, now: Date): Date | null {
    const delayMs = this.schedule[attempts - 1] ?? this.schedule.at(-1) ?? 0;
    const at = new Date(now.getTime() + Math.max(delayMs, 1_000));
    return at < challengeUntil ? at : null;
  }
}

/** Null where the answer holds the challenge. Pure. */
export function reasonAgainst(result: SendResult, challenge: string): string | null {
  if (result.kind === 'failed') return result.reason;
  const reason = reasonOf(result.status);
  if (reason !== null) return reason;
  return challengeIn(result.answer) === challenge ? null : 'wrong_answer';
}

function challengeIn(answer: string): unknown {
  try {
    const read: unknown = JSON.parse(answer);
    return typeof read === 'object' && read !== null && 'challenge' in read ? read.challenge : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
