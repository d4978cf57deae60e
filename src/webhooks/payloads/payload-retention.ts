import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { hasErasedPayments, type GatewayOrder } from '../../payments/index.js';
import {
  erasePayloads,
  expirePayloads,
  readPayloads,
  readUnreportedPayloads,
  type PayloadRow,
} from '../inbox/delivery-payload.store.js';
import { dropErasedUnreported, type UnreportedMessage } from '../inbox/drop-erased-payloads.js';
import { PayloadUnreadableError } from '../inbox/payload-cipher.errors.js';
import { PayloadCipher } from '../inbox/payload-cipher.js';
import { PersonMentions, type PersonSearch } from '../message/person-mentions.js';

/** A payload has up to 1 MiB, so that a page holds up to 32 MiB. */
const PAYLOADS_PER_PAGE = 32;
/** Retention runs every hour. Three hours allow for two missed runs. */
const MISSED_WITHIN_MS = 3 * 3_600_000;
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

export interface ErasureResult {
  deliveries: number;
  /** Ids of deliveries that name the person and are still pending. They are not erased; the caller must ask again. */
  pending: string[];
  /** Number of payloads that cannot be decrypted and whose headers do not name the person. They are not erased. */
  unreadable: number;
  /** Orders of erased hints. */
  orders: GatewayOrder[];
}

/** Retention and erasure of stored payloads. */
@Injectable()
export class PayloadRetention {
  constructor(
    private readonly db: DataSource,
    private readonly cipher: PayloadCipher,
  ) {}

  /**
   * Expires up to `most` payloads of finished deliveries received before `before`, in the caller's transaction, and returns
   * their number. Payloads of parked and dead deliveries stay, because an operator may need them. Skips locked rows, and
   * holds its own locks for one batch only.
   */
  expire(manager: EntityManager, before: Date, most: number): Promise<number> {
    return expirePayloads(manager, before, most);
  }

  /**
   * Erases the payload of every delivery that names the person: by an identifier or a payment in its bytes or headers, or by
   * the order of a hint. Reads all payloads in pages, without locks. A payload that cannot be decrypted is counted and
   * skipped. May be repeated at any time.
   */
  async eraseMentions(search: PersonSearch): Promise<ErasureResult> {
    const mentions = new PersonMentions(search);
    const hinted = new Set(search.orders.map(orderKey));
    const total: ErasureResult = { deliveries: 0, pending: [], unreadable: 0, orders: [] };
    for (let after = search.after ?? LOWEST_ID; ;) {
      const page = await readPayloads(this.db.manager, search.person, after, PAYLOADS_PER_PAGE);
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
      if (!last || page.length < PAYLOADS_PER_PAGE) return total;
      after = last.id;
    }
  }

  /**
   * Searches ignored, parked and dead deliveries of the last hours again for erased persons, in the caller's transaction.
   * A process that was killed right after it stored a message had not searched it. Returns the number of erased payloads;
   * a repeated call returns 0.
   */
  async dropMissed(manager: EntityManager, now: Date): Promise<number> {
    if (!(await hasErasedPayments(manager))) return 0;
    let dropped = 0;
    // Ids are ordered by time.
    for (let after = uuidv7({ msecs: now.getTime() - MISSED_WITHIN_MS }); ;) {
      const page = await readUnreportedPayloads(manager, after, PAYLOADS_PER_PAGE);
      dropped += await dropErasedUnreported(
        manager,
        page.flatMap((stored) => this.toUnreported(stored)),
      );
      const last = page.at(-1);
      if (!last || page.length < PAYLOADS_PER_PAGE) return dropped;
      after = last.id;
    }
  }

  /** Empty for a payload that cannot be decrypted. */
  private toUnreported(stored: PayloadRow): UnreportedMessage[] {
    try {
      return [{ ...stored, bytes: this.cipher.decrypt(stored) }];
    } catch (error) {
      if (error instanceof PayloadUnreadableError) return [];
      throw error;
    }
  }

  /** Null if the payload cannot be decrypted and the headers do not name the person. */
  private mentionsPerson(stored: PayloadRow, mentions: PersonMentions): boolean | null {
    const { gateway, account, headers } = stored;
    try {
      const bytes = this.cipher.decrypt(stored);
      // A processed delivery is also found by its reports, so a cheap check comes first. Others are always parsed.
      if (isReported(stored) && !mentions.mayBeIn(bytes, headers)) return false;
      return mentions.isIn({ gateway, account, headers, bytes });
    } catch (error) {
      if (!(error instanceof PayloadUnreadableError)) throw error;
      return mentions.isIn({ gateway, account, headers, bytes: NO_BYTES }) ? true : null;
    }
  }
}

const NO_BYTES = Buffer.of();

const isReported = ({ status, verdict }: PayloadRow): boolean => status === 'processed' && verdict !== 'hint';

/** The order of a hint; empty for any other delivery. */
const hintedOrders = ({ gateway, account, hintOrder }: PayloadRow): GatewayOrder[] =>
  hintOrder === null ? [] : [{ gateway, account, gatewayOrderId: hintOrder }];

const orderKey = ({ gateway, account, gatewayOrderId }: GatewayOrder): string =>
  JSON.stringify([gateway, account, gatewayOrderId]);
