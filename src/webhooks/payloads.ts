import { Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, MoreThan, Not, type EntityManager } from 'typeorm';
import { mentionOf, type GatewayOrder, type Person } from '../payments/index.js';
import { Delivery } from './delivery.entity.js';
import { textsIn } from './payload-bytes.js';
import { PayloadVault } from './payload-vault.js';

/** A body may have a mebibyte. */
const PAYLOADS_A_PAGE = 32;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** The bytes are gone, and with them the headers; keys, ids and receipts stay, so that a duplicate stays one. */
const GONE = `raw = NULL, payload_key = NULL, headers = '[]'`;

export interface ForgottenPayloads {
  deliveries: number;
  /** Named the person and wait to be worked on: they are left alone, to be asked for again afterwards. */
  pending: number;
  /** The orders that hints named together with the person. */
  orders: GatewayOrder[];
}

/** What is kept of messages byte for byte: expired and erased. */
@Injectable()
export class Payloads {
  constructor(
    private readonly db: DataSource,
    private readonly vault: PayloadVault,
  ) {}

  /**
   * Expires up to `most` payloads that came before `before` and were done with, in the caller's transaction. Parked
   * and dead ones are kept, for an operator may still need them. Waits for nobody, and nobody for long for it.
   */
  async expire(manager: EntityManager, before: Date, most: number): Promise<number> {
    const [, expired] = await manager.query<[unknown, number]>(
      `UPDATE deliveries SET ${GONE} WHERE id IN (
         SELECT id FROM deliveries
         WHERE raw IS NOT NULL AND status IN ('processed', 'ignored') AND received_at < $1
         ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      [before, most],
    );
    return expired;
  }

  /**
   * Erases every message that names the person and made no payment: what is parked, dead or ignored, and hints, by
   * their bytes or by the order they are about. Reads them all, a few at a time and without a lock.
   */
  async eraseMentions(person: Person, orders: readonly GatewayOrder[]): Promise<ForgottenPayloads> {
    const mentions = mentionOf(person.identifier);
    const known = new Set(orders.map(nameOf));
    const names = (delivery: Delivery): boolean =>
      orderOf(delivery).some((order) => known.has(nameOf(order))) ||
      [...textsIn(this.bytesOf(delivery)), ...delivery.headers.flat()].some(mentions);
    const total: ForgottenPayloads = { deliveries: 0, pending: 0, orders: [] };
    for (let after = BEFORE_ALL; ;) {
      const page = await this.unsettled(person, after);
      const found = page.filter(names);
      const ids = found.map(({ id }) => id);
      const erased = await this.db.transaction((manager) => erasePayloads(manager, ids));
      total.deliveries += erased;
      total.pending += found.length - erased;
      total.orders.push(...found.flatMap(orderOf));
      const last = page.at(-1);
      if (!last || page.length < PAYLOADS_A_PAGE) return total;
      after = last.id;
    }
  }

  private bytesOf({ id, raw, payloadKey }: Delivery): Buffer {
    return raw === null ? Buffer.of() : this.vault.open({ id, raw, payloadKey });
  }

  /** Messages with their bytes that no payment's reports lead to. */
  private unsettled({ gateway, account }: Person, after: string): Promise<Delivery[]> {
    const where = {
      id: MoreThan(after),
      raw: Not(IsNull()),
      ...(gateway !== null && { gateway }),
      ...(account !== null && { account }),
    };
    return this.db.manager.find(Delivery, {
      where: [
        { ...where, status: In(['pending', 'ignored', 'parked', 'dead']) },
        { ...where, status: 'processed', verdict: 'hint' },
      ],
      order: { id: 'ASC' },
      take: PAYLOADS_A_PAGE,
    });
  }
}

/** The order that a hint is about. */
const orderOf = ({ gateway, account, hintOrder }: Delivery): GatewayOrder[] =>
  hintOrder === null ? [] : [{ gateway, account, gatewayOrderId: hintOrder }];

const nameOf = ({ gateway, account, gatewayOrderId }: GatewayOrder): string =>
  JSON.stringify([gateway, account, gatewayOrderId]);

/**
 * Erases the bytes of these deliveries, but for those that are pending; answers of how many. What was parked or dead
 * has nothing left to be worked on: it is closed as ignored, and stays a duplicate when it is sent again.
 */
export async function erasePayloads(manager: EntityManager, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const [, erased] = await manager.query<[unknown, number]>(
    // In the order in which the inbox locks what came again: neither ever waits for the other in a circle.
    `WITH held AS (
       SELECT id FROM deliveries WHERE id = ANY($1) AND raw IS NOT NULL AND status <> 'pending'
       ORDER BY gateway, account, key FOR UPDATE)
     UPDATE deliveries delivery SET ${GONE},
       last_error = CASE WHEN status IN ('parked', 'dead') THEN 'erased' ELSE last_error END,
       status = CASE WHEN status IN ('parked', 'dead') THEN 'ignored' ELSE status END
     FROM held WHERE delivery.id = held.id`,
    [ids],
  );
  return erased;
}
