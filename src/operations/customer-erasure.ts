import { Injectable } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches } from 'class-validator';
import { DataSource } from 'typeorm';
import { KeptMessages } from '../notifications/kept-messages.js';
import { CustomerFacts, type GatewayOrder, type Person } from '../payments/index.js';
import { erasePayloads, Payloads } from '../webhooks/payloads.js';

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
  @ApiProperty({ description: 'Deliveries whose bytes and headers were erased' }) deliveries!: number;
  @ApiProperty({ description: 'Deliveries that name the person and wait to be worked on: ask again later' })
  pending!: number;
}

/** Takes one person out of everything that is kept. May be asked again at any time: it goes on where it was. */
@Injectable()
export class CustomerErasure {
  constructor(
    private readonly db: DataSource,
    private readonly customers: CustomerFacts,
    private readonly messages: KeptMessages,
    private readonly payloads: Payloads,
  ) {}

  async erase(person: Person): Promise<ErasedView> {
    const total: ErasedView = { payments: 0, reports: 0, notifications: 0, deliveries: 0, pending: 0 };
    const orders = await this.erasePayments((await this.customers.find(person)).ids, total);
    const mentioned = await this.payloads.eraseMentions(person, orders);
    total.deliveries += mentioned.deliveries;
    total.pending = mentioned.pending;
    // A gateway that only hints may name the person in the hint alone.
    await this.erasePayments(await this.customers.paymentsOfOrders(mentioned.orders), total);
    return total;
  }

  /** Adds to `total` what was cleared; answers with the orders of these payments. */
  private async erasePayments(ids: readonly string[], total: ErasedView): Promise<GatewayOrder[]> {
    const orders: GatewayOrder[] = [];
    for (let at = 0; at < ids.length; at += PAYMENTS_AT_A_TIME) {
      const some = ids.slice(at, at + PAYMENTS_AT_A_TIME);
      const erased = await this.db.transaction(async (manager) => {
        const found = await this.customers.erase(manager, some);
        const notifications = await this.messages.erase(manager, some);
        return { ...found, notifications, deliveries: await erasePayloads(manager, found.deliveryIds) };
      });
      total.payments += erased.payments;
      total.reports += erased.reports;
      total.notifications += erased.notifications;
      total.deliveries += erased.deliveries;
      orders.push(...erased.orders);
    }
    return orders;
  }
}
