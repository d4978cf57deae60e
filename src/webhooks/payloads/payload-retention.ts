import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { hasErasedPayments, type GatewayOrder, type DataSubject } from '../../payments/index.js';
import type { DeliveryStatus, DeliveryVerdict } from '../inbox/delivery.entity.js';
import { erasePayloads, ERASED_COLUMNS } from '../inbox/erased-payloads.js';
import { dropErasedUnreported, type UnreportedMessage } from '../inbox/drop-erased-payloads.js';
import { PayloadUnreadableError } from '../inbox/payload-cipher.errors.js';
import { PayloadCipher } from '../inbox/payload-cipher.js';
import { PersonMentions, type PersonIdentifiers } from '../message/person-mentions.js';

/** A body may have a mebibyte. */
const PAYLOADS_A_PAGE = 32;
/** Retention comes by every hour. */
const MISSED_WITHIN_MS = 3 * 3_600_000;
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/** Where a person is searched for in stored messages. */
export interface PersonSearch extends PersonIdentifiers {
  person: DataSubject;
  /** Orders whose hints are the person's: a hint may name nothing else. */
  orders: readonly GatewayOrder[];
  /** Only deliveries with a later id. */
  after?: string;
}

export interface ErasureResult {
  deliveries: number;
  /** Named the person and wait to be worked on: they are left alone, to be asked for again afterwards. */
  pending: string[];
  /** Could not be decrypted, and nothing else says whom they name: they stay as they are. */
  unreadable: number;
  /** The orders that hints named together with the person. */
  orders: GatewayOrder[];
}

interface StoredMessage {
  id: string;
  gateway: string;
  account: string;
  status: DeliveryStatus;
  verdict: DeliveryVerdict;
  hintOrder: string | null;
  headers: [string, string][];
  raw: Buffer;
  payloadKey: string | null;
}

const STORED_COLUMNS = `id, gateway, account, status, verdict, hint_order AS "hintOrder", headers, raw, payload_key AS "payloadKey"`;

/** What is kept of messages byte for byte: expired and erased. */
@Injectable()
export class PayloadRetention {
  constructor(
    private readonly db: DataSource,
    private readonly cipher: PayloadCipher,
  ) {}

  /**
   * Expires up to `most` payloads that came before `before` and were done with, in the caller's transaction. Parked
   * and dead ones are kept, for an operator may still need them. Waits for nobody, and nobody for long for it.
   */
  async expire(manager: EntityManager, before: Date, most: number): Promise<number> {
    const [, expired] = await manager.query<[unknown, number]>(
      `UPDATE deliveries SET ${ERASED_COLUMNS} WHERE id IN (
         SELECT id FROM deliveries
         WHERE raw IS NOT NULL AND status IN ('processed', 'ignored') AND received_at < $1
         ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      [before, most],
    );
    return expired;
  }

  /**
   * Erases every message that names the person, whatever became of it: by an identifier or a payment in its bytes or
   * headers, or by the order that a hint is about. Reads them all, a few at a time and without a lock. One that cannot be
   * decrypted is counted and keeps no other from being erased.
   */
  async eraseMentions(search: PersonSearch): Promise<ErasureResult> {
    const mentions = new PersonMentions(search);
    const hinted = new Set(search.orders.map(orderKey));
    const total: ErasureResult = { deliveries: 0, pending: [], unreadable: 0, orders: [] };
    for (let after = search.after ?? LOWEST_ID; ;) {
      const page = await this.readPage(search.person, after);
      const found = page.filter((stored) => {
        const named =
          hintedOrders(stored).some((order) => hinted.has(orderKey(order))) ||
          this.mentionsPerson(stored, mentions);
        if (named === null) total.unreadable++;
        return named === true;
      });
      total.deliveries += await this.db.transaction((manager) =>
        erasePayloads(
          manager,
          found.map(({ id }) => id),
        ),
      );
      total.pending.push(...found.filter(({ status }) => status === 'pending').map(({ id }) => id));
      total.orders.push(...found.flatMap(hintedOrders));
      const last = page.at(-1);
      if (!last || page.length < PAYLOADS_A_PAGE) return total;
      after = last.id;
    }
  }

  /**
   * Looks again through what was ignored, parked or given up in the last hours, in the caller's transaction, for those
   * who were erased: a process that died right after it stored a message had not looked. Answers of how many the bytes
   * went; a further look finds none.
   */
  async dropMissed(manager: EntityManager, now: Date): Promise<number> {
    if (!(await hasErasedPayments(manager))) return 0;
    let forgotten = 0;
    // Ids are in the order of their moments.
    for (let after = uuidv7({ msecs: now.getTime() - MISSED_WITHIN_MS }); ;) {
      const page = await manager.query<StoredMessage[]>(
        `SELECT ${STORED_COLUMNS} FROM deliveries WHERE id > $1 AND raw IS NOT NULL
           AND status IN ('ignored', 'parked', 'dead') ORDER BY id LIMIT ${PAYLOADS_A_PAGE}`,
        [after],
      );
      forgotten += await dropErasedUnreported(
        manager,
        page.flatMap((stored) => this.toUnreported(stored)),
      );
      const last = page.at(-1);
      if (!last || page.length < PAYLOADS_A_PAGE) return forgotten;
      after = last.id;
    }
  }

  /** Nothing for bytes that cannot be read. */
  private toUnreported(stored: StoredMessage): UnreportedMessage[] {
    try {
      return [{ ...stored, bytes: this.cipher.decrypt(stored) }];
    } catch (error) {
      if (error instanceof PayloadUnreadableError) return [];
      throw error;
    }
  }

  /** Null where the bytes cannot be read, and the headers do not name the person. */
  private mentionsPerson(stored: StoredMessage, mentions: PersonMentions): boolean | null {
    const { gateway, account, headers } = stored;
    try {
      const bytes = this.cipher.decrypt(stored);
      // What became reports is found by them; of the rest every text is looked at.
      if (isReported(stored) && !mentions.mayBeIn(bytes, headers)) return false;
      return mentions.isIn({ gateway, account, headers, bytes });
    } catch (error) {
      if (!(error instanceof PayloadUnreadableError)) throw error;
      return mentions.isIn({ gateway, account, headers, bytes: NO_BYTES }) ? true : null;
    }
  }

  private readPage({ gateway, account }: DataSubject, after: string): Promise<StoredMessage[]> {
    return this.db.query<StoredMessage[]>(
      `SELECT ${STORED_COLUMNS} FROM deliveries WHERE id > $1 AND raw IS NOT NULL AND ($2::text IS NULL OR gateway = $2)
         AND ($3::text IS NULL OR account = $3) ORDER BY id LIMIT ${PAYLOADS_A_PAGE}`,
      [after, gateway, account],
    );
  }
}

const NO_BYTES = Buffer.of();

const isReported = ({ status, verdict }: StoredMessage): boolean =>
  status === 'processed' && verdict !== 'hint';

/** The order that a hint is about. */
const hintedOrders = ({ gateway, account, hintOrder }: StoredMessage): GatewayOrder[] =>
  hintOrder === null ? [] : [{ gateway, account, gatewayOrderId: hintOrder }];

const orderKey = ({ gateway, account, gatewayOrderId }: GatewayOrder): string =>
  JSON.stringify([gateway, account, gatewayOrderId]);
