import { Injectable } from '@nestjs/common';
import type { ClassConstructor } from 'class-transformer';
import { validate as isUuid } from 'uuid';
import { HandlerRuns, type HandlerRunKey } from '../../platform/events/index.js';
import { RequestPipe } from '../../platform/http/request.pipe.js';
import { Stats, type StatsView } from '../../operations/monitoring/stats.js';
import {
  type PaymentPageView,
  PaymentsQuery,
  PaymentsReader,
  type PaymentView,
} from '../../payments/index.js';
import {
  DeliveriesQuery,
  DeliveriesService,
  type DeliveryFilter,
  type DeliveryPageView,
  type DeliveryView,
  ReplayRequest,
  ReplayService,
  toReplay,
} from '../../webhooks/index.js';
import { PayhookService, type ReplayOptions } from './payhook.service.js';

/** {@link PayhookService} by the services behind the read API. */
@Injectable()
export class ReadingAndReplaying extends PayhookService {
  constructor(
    private readonly paymentsReader: PaymentsReader,
    private readonly deliveriesReader: DeliveriesService,
    private readonly replays: ReplayService,
    private readonly runs: HandlerRuns,
    private readonly counts: Stats,
  ) {
    super();
  }

  override async payments(query: Partial<PaymentsQuery> = {}): Promise<PaymentPageView> {
    return this.paymentsReader.list(await checked(PaymentsQuery, query));
  }

  override async payment(id: string): Promise<PaymentView | null> {
    return isUuid(id) ? this.paymentsReader.find(id) : null;
  }

  override async deliveries(query: Partial<DeliveriesQuery> = {}): Promise<DeliveryPageView> {
    return this.deliveriesReader.list(await checked(DeliveriesQuery, query));
  }

  override async delivery(id: string): Promise<DeliveryView | null> {
    return isUuid(id) ? this.deliveriesReader.find(id) : null;
  }

  override async replayDelivery(id: string, { alerts = false }: ReplayOptions = {}): Promise<boolean> {
    return isUuid(id) && this.replays.one(id, alerts);
  }

  override async replayDeliveries(
    given: DeliveryFilter,
    { alerts = false }: ReplayOptions = {},
  ): Promise<number> {
    const body = await pipe.transform(withoutUndefined(given), { type: 'body', metatype: ReplayRequest });
    return this.replays.all(toReplay(body as ReplayRequest).filter, alerts);
  }

  override async replayHandlerRun(run: HandlerRunKey): Promise<boolean> {
    return isUuid(run.eventId) && this.runs.replay(run);
  }

  override stats(): Promise<StatsView> {
    return this.counts.readSnapshot();
  }
}

const pipe = new RequestPipe();

const withoutUndefined = (given: object): object =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

/** Checks the filters as the route does. The route gets every parameter as a text. */
async function checked<Query extends object>(
  metatype: ClassConstructor<Query>,
  query: Partial<Query>,
): Promise<Query> {
  const given = Object.entries(withoutUndefined(query));
  const texts = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
  return (await pipe.transform(texts, { type: 'query', metatype })) as Query;
}
