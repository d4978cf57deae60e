import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { FEATURE_SETTINGS, type FeatureSettings } from '../../feature.js';
import { type DispatchEnd, endOfTry } from './dispatch-end.js';
import { readSchedule } from '../rules/retry-schedule.js';
import type { SentEvent } from '../sent-event.js';
import type { Subscription } from '../subscription.entity.js';
import { Customers } from './customers.js';
import { HttpSender } from './http-sender.js';
import { type MessageBody, signMessage } from './signed-message.js';
import { SubscriptionSecrets } from './subscription-secrets.js';

/** Sends one event to one subscriber, once. */
@Injectable()
export class DispatchSender {
  private readonly schedule: readonly number[];
  private readonly bodies = new WeakMap<SentEvent, string>();
  private running = 0;
  private isAborted = false;

  constructor(
    private readonly db: DataSource,
    private readonly http: HttpSender,
    private readonly customers: Customers,
    private readonly secrets: SubscriptionSecrets,
    @Inject(FEATURE_SETTINGS) settings: FeatureSettings,
  ) {
    this.schedule = readSchedule(String(settings.SUBSCRIPTION_RETRY_SECONDS));
  }

  get underWay(): number {
    return this.running;
  }

  /** Null where the process ended the try. Rejects where it could not be made, such as without the database. */
  async send(
    { event, attempts }: { event: SentEvent; attempts: number },
    subscription: Subscription,
  ): Promise<DispatchEnd | null> {
    this.running++;
    try {
      const body = subscription.includeCustomer ? await this.bodyWithCustomer(event) : this.bodyOf(event);
      const now = new Date();
      const request = signMessage(event.id, body, this.secrets.signing(subscription, now), now);
      const result = await this.http.post(new URL(subscription.url), request);
      if (this.isAborted && result.kind === 'failed') return null;
      const ended = { nowMs: Date.now(), random: Math.random() };
      return endOfTry(result, attempts + 1, { schedule: this.schedule, ...ended });
    } finally {
      this.running--;
    }
  }

  abort(): void {
    this.isAborted = true;
    this.http.abort();
  }

  /** Written once for all subscribers that are sent the event at about the same time. */
  private bodyOf(event: SentEvent): string {
    const known = this.bodies.get(event);
    if (known !== undefined) return known;
    const body = JSON.stringify(messageOf(event, event.data));
    this.bodies.set(event, body);
    return body;
  }

  private async bodyWithCustomer(event: SentEvent): Promise<string> {
    const customer = await this.customers.findFor(this.db.manager, event);
    return JSON.stringify(messageOf(event, { ...event.data, customer }));
  }
}

const messageOf = (event: SentEvent, data: object): MessageBody => ({
  type: event.type,
  timestamp: event.timestamp.toISOString(),
  data,
  sequence: event.sequence,
  ...(event.replayed && { replayed: true }),
});
