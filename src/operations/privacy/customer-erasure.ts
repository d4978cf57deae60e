import { Injectable } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches } from 'class-validator';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { KeptMessages } from '../../notifications/sending/notification-retention.js';
import { CustomerFacts, type PaymentTraces, type Person } from '../../payments/index.js';
import { erasePayloads } from '../../webhooks/inbox/erased-payloads.js';
import { KeptRefusals } from '../../webhooks/refusals/refusal-retention.js';
import { Payloads, type Search } from '../../webhooks/payloads/payload-retention.js';

const PAYMENTS_AT_A_TIME = 100;

export class EraseCustomerBody {
  @ApiProperty({
    description:
      'Customer id, e-mail address (in any case) or phone number (however written) of one person. Payments are ' +
      'searched for all three; payloads that made no payment for identifiers of at least seven characters.',
    maxLength: 320,
  })
  @IsString()
  @Length(1, 320)
  @Matches(/[^\s().+-]/)
  customer!: string;

  @ApiPropertyOptional({ description: 'At this gateway alone' })
  @IsOptional()
  @IsString()
  @Length(1, 255)
  gateway?: string;

  @ApiPropertyOptional({ description: 'In this account alone' })
  @IsOptional()
  @IsString()
  @Length(1, 255)
  account?: string;
}

export class ErasedView {
  @ApiProperty({ description: 'Payments whose customer was erased, for good' }) payments!: number;
  @ApiProperty({ description: 'Reports that told something of the customer' }) reports!: number;
  @ApiProperty({ description: 'Messages whose recipient and text were erased' }) notifications!: number;
  @ApiProperty({ description: 'Deliveries, of any status, whose bytes and headers were erased' })
  deliveries!: number;
  @ApiProperty({ description: 'Refused requests whose body and address were erased' }) refusals!: number;
  @ApiProperty({ description: 'Deliveries that name the person and wait to be worked on: ask again later' })
  pending!: number;
  @ApiProperty({
    description:
      'Deliveries that cannot be decrypted, so that nobody knows whom they name: give the key and ask again',
  })
  unreadable!: number;
  @ApiProperty({
    type: [String],
    description:
      'Ids of payments (at most 100) that were left alone and may be the same person: a phone number without its ' +
      'country code that several countries have, or another identifier in common. Ask again with what they are known by',
  })
  ambiguous!: string[];
}

/** Ids in the order of their moments: none that was made a minute before this erasure is newer. */
const SKEW_MS = 60_000;
const MOST_AMBIGUOUS = 100;

/**
 * Takes one person out of everything that is kept, in short transactions. May be asked again at any time: it goes on
 * where it was. Messages are searched before the payments that they are found by lose their person, so that one which
 * was interrupted finds all of it again; what came meanwhile is searched afterwards.
 */
@Injectable()
export class CustomerErasure {
  constructor(
    private readonly db: DataSource,
    private readonly customers: CustomerFacts,
    private readonly messages: KeptMessages,
    private readonly payloads: Payloads,
    private readonly refusals: KeptRefusals,
  ) {}

  async erase(person: Person): Promise<ErasedView> {
    const total = nothingErased();
    const since = uuidv7({ msecs: Date.now() - SKEW_MS });
    const { ids, ambiguous } = await this.customers.find(person);
    const traces = await this.customers.traces(ids, person);
    for (const some of batchesOf(ids))
      total.deliveries += await this.db.transaction(async (manager) =>
        erasePayloads(manager, await this.customers.deliveriesOf(manager, some)),
      );

    const search = searchFor(person, traces);
    const found = await this.payloads.eraseMentions(search);
    // A gateway that only hints may name the person in the hint alone.
    const hinted = (await this.customers.paymentsOfOrders(found.orders)).filter((id) => !ids.includes(id));
    await this.erasePayments([...ids, ...hinted], total);

    const { names } = await this.customers.traces(hinted, person);
    const all = searchFor(person, { ...traces, names: [...traces.names, ...names] });
    const later = await this.payloads.eraseMentions(hinted.length > 0 ? all : { ...search, after: since });
    total.deliveries += found.deliveries + later.deliveries;
    total.pending = new Set([...found.pending, ...later.pending]).size;
    total.unreadable = found.unreadable;
    total.refusals = await this.refusals.erase(all);
    const mine = new Set([...ids, ...hinted]);
    const others = new Set([...ambiguous, ...traces.sharing].filter((id) => !mine.has(id)));
    total.ambiguous = [...others].sort().slice(0, MOST_AMBIGUOUS);
    return total;
  }

  /** Adds to `total` what was cleared. */
  private async erasePayments(ids: readonly string[], total: ErasedView): Promise<void> {
    for (const some of batchesOf(ids)) {
      const erased = await this.db.transaction(async (manager) => {
        const found = await this.customers.erase(manager, some);
        const notifications = await this.messages.erase(manager, some);
        return { ...found, notifications, deliveries: await erasePayloads(manager, found.deliveryIds) };
      });
      total.payments += erased.payments;
      total.reports += erased.reports;
      total.notifications += erased.notifications;
      total.deliveries += erased.deliveries;
    }
  }
}

const nothingErased = (): ErasedView => ({
  payments: 0,
  reports: 0,
  notifications: 0,
  deliveries: 0,
  refusals: 0,
  pending: 0,
  unreadable: 0,
  ambiguous: [],
});

function* batchesOf(ids: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < ids.length; at += PAYMENTS_AT_A_TIME) yield ids.slice(at, at + PAYMENTS_AT_A_TIME);
}

const searchFor = (person: Person, { identifiers, names }: PaymentTraces): Search => ({
  person,
  identifiers: [person.identifier, ...identifiers],
  names,
  orders: names.flatMap(({ gateway, account, orders }) =>
    orders.map((gatewayOrderId) => ({ gateway, account, gatewayOrderId })),
  ),
});
