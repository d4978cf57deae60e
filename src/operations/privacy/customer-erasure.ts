import { Inject, Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { TextFilter } from '../../platform/http/query-filters.js';
import { COUNT, UUID } from '../../platform/http/schema-types.js';
import { type Erasure, FEATURES, type PayhookFeature } from '../../platform/features/index.js';
import { CustomerData, type PaymentTraces, type DataSubject } from '../../payments/index.js';
import {
  erasePayloads,
  RefusalRetention,
  PayloadRetention,
  type PersonSearch,
} from '../../webhooks/index.js';
import { documentFeatures } from '../document-features.js';

const PAYMENTS_PER_TRANSACTION = 100;

export class EraseCustomerBody {
  @ApiProperty({
    description:
      'Customer id, e-mail address (in any case) or phone number (however written) of one person. Payments are ' +
      'searched for all three; payloads that made no payment for identifiers of at least seven characters.',
    minLength: 1,
    maxLength: 320,
    example: 'asha@example.com',
  })
  @IsString()
  @Length(1, 320)
  @Matches(/[^\s().+-]/)
  customer!: string;

  @TextFilter({ description: 'At this gateway alone' }) gateway?: string;
  @TextFilter({ description: 'In this account alone' }) account?: string;
}

export class ErasedView {
  @ApiProperty({ ...COUNT, description: 'Payments whose customer was erased, for good', example: 2 })
  payments!: number;
  @ApiProperty({ ...COUNT, description: 'Reports whose customer data was erased', example: 5 })
  reports!: number;
  @ApiProperty({ ...COUNT, description: 'Messages whose recipient and text were erased', example: 1 })
  notifications!: number;
  @ApiProperty({
    ...COUNT,
    description: 'Deliveries, of any status, whose bytes and headers were erased',
    example: 5,
  })
  deliveries!: number;
  @ApiProperty({ ...COUNT, description: 'Refused requests whose body and address were erased' })
  refusals!: number;
  @ApiProperty({
    ...COUNT,
    description: 'Deliveries that name the person and are still to be processed: erase again later',
  })
  pending!: number;
  @ApiProperty({
    ...COUNT,
    description:
      'Deliveries that cannot be decrypted and may name the person: add their key to PAYLOAD_KEYS and erase again',
  })
  unreadable!: number;
  @ApiProperty({
    type: [String],
    format: 'uuid',
    maxItems: 100,
    example: [UUID.example],
    description:
      'Ids of payments that were not changed and may belong to the same person: they share a phone number without ' +
      'its country code that several countries have, or another identifier. Erase again with their own identifiers',
  })
  ambiguous!: string[];
}

documentFeatures(
  ErasedView,
  (feature) => feature.erase !== undefined,
  ['notifications'],
  () => ({
    ...COUNT,
    description: 'What was erased in the tables of a feature; 0 of one that stores nothing personal',
  }),
);

/** Ids are ordered by time. Allows for clocks of other processes that are up to a minute off. */
const MAX_CLOCK_SKEW_MS = 60_000;
const MAX_AMBIGUOUS_IDS = 100;

/**
 * Removes one person from everything that is stored, in short transactions. A repeated call continues an interrupted one.
 * Stored messages are searched before the payments by which they are found lose their person, so that a repeated call
 * finds all of them again. Messages that arrive during the erasure are searched at the end.
 */
@Injectable()
export class CustomerErasure {
  constructor(
    private readonly db: DataSource,
    private readonly customers: CustomerData,
    @Inject(FEATURES) private readonly features: readonly PayhookFeature[],
    private readonly payloads: PayloadRetention,
    private readonly refusals: RefusalRetention,
  ) {}

  async erase(person: DataSubject): Promise<ErasedView> {
    const total = createEmptyResult();
    const since = uuidv7({ msecs: Date.now() - MAX_CLOCK_SKEW_MS });
    const { ids: named, ambiguous } = await this.customers.findPayments(person);
    const ids = [...new Set([...named, ...(await this.findPaymentsOfFeatures(person))])];
    const traces = await this.customers.findTraces(ids, person);
    for (const batch of toBatches(ids))
      total.deliveries += await this.db.transaction(async (manager) =>
        erasePayloads(manager, await this.customers.findDeliveriesOf(manager, batch)),
      );

    const search = buildSearch(person, traces);
    const found = await this.payloads.eraseMentions(search);
    // Where a gateway sends only hints, the person may be named in the hint and nowhere else.
    const hinted = (await this.customers.findPaymentsOfOrders(found.orders)).filter(
      (id) => !ids.includes(id),
    );
    await this.erasePayments([...ids, ...hinted], search.identifiers, total);

    const { names } = await this.customers.findTraces(hinted, person);
    const all = buildSearch(person, { ...traces, names: [...traces.names, ...names] });
    const later = await this.payloads.eraseMentions(hinted.length > 0 ? all : { ...search, after: since });
    total.deliveries += found.deliveries + later.deliveries;
    total.pending = new Set([...found.pending, ...later.pending]).size;
    total.unreadable = found.unreadable;
    total.refusals = await this.refusals.erase(all);
    const erasedIds = new Set([...ids, ...hinted]);
    const ambiguousIds = new Set([...ambiguous, ...traces.sharing].filter((id) => !erasedIds.has(id)));
    total.ambiguous = [...ambiguousIds].sort().slice(0, MAX_AMBIGUOUS_IDS);
    return total;
  }

  /** Payments that are the person's by what features know. */
  private async findPaymentsOfFeatures(person: DataSubject): Promise<string[]> {
    const found: string[] = [];
    for (const feature of this.features)
      if (feature.findPayments)
        found.push(...(await feature.findPayments(this.db.manager, person.identifier)));
    return this.customers.findInScope(person, found);
  }

  /** Erases the payments in batches, and adds the numbers of erased rows to `total`. */
  private async erasePayments(
    ids: readonly string[],
    identifiers: readonly string[],
    total: ErasedView,
  ): Promise<void> {
    for (const batch of ids.length > 0 ? toBatches(ids) : [[]]) {
      const erased = await this.db.transaction(async (manager) => {
        const found = await this.customers.erase(manager, batch);
        const ofFeatures = await this.eraseFeatures(manager, { paymentIds: batch, identifiers });
        return { ...found, ofFeatures, deliveries: await erasePayloads(manager, found.deliveryIds) };
      });
      total.payments += erased.payments;
      total.reports += erased.reports;
      addCounts(total, erased.ofFeatures);
      total.deliveries += erased.deliveries;
    }
  }

  /** The numbers of cleared rows by the name of the feature. */
  private async eraseFeatures(
    manager: EntityManager,
    erasure: Erasure,
  ): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const feature of this.features)
      if (feature.erase) counts.set(feature.name, await feature.erase(manager, erasure));
    return counts;
  }
}

/** The view shows each feature under its own name: `notifications`, and those that were added. */
function addCounts(total: ErasedView, counts: ReadonlyMap<string, number>): void {
  const shown = total as unknown as Record<string, number>;
  for (const [name, count] of counts) shown[name] = (shown[name] ?? 0) + count;
}

const createEmptyResult = (): ErasedView => ({
  payments: 0,
  reports: 0,
  notifications: 0,
  deliveries: 0,
  refusals: 0,
  pending: 0,
  unreadable: 0,
  ambiguous: [],
});

function* toBatches(ids: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < ids.length; at += PAYMENTS_PER_TRANSACTION)
    yield ids.slice(at, at + PAYMENTS_PER_TRANSACTION);
}

const buildSearch = (person: DataSubject, { identifiers, names }: PaymentTraces): PersonSearch => ({
  person,
  identifiers: [person.identifier, ...identifiers],
  names,
  orders: names.flatMap(({ gateway, account, orders }) =>
    orders.map((gatewayOrderId) => ({ gateway, account, gatewayOrderId })),
  ),
});
