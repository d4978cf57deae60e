import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { DataSubject } from '../../payments/index.js';
import { PayloadUnreadableError } from '../inbox/payload-cipher.errors.js';
import { PayloadCipher } from '../inbox/payload-cipher.js';
import type { PersonSearch } from '../payloads/payload-retention.js';
import { PersonMentions } from '../message/person-mentions.js';
import { RefusalLog } from './refusal-log.js';

const LOWEST_ID = '00000000-0000-0000-0000-000000000000';
const REFUSALS_A_PAGE = 200;

interface StoredRefusal {
  id: string;
  gateway: string;
  account: string | null;
  raw: Buffer;
  payloadKey: string | null;
}

/** Retention, erasure and re-encryption of stored refusals. Their bodies are unverified, and nothing depends on them. */
@Injectable()
export class RefusalRetention {
  constructor(
    private readonly db: DataSource,
    private readonly cipher: PayloadCipher,
    private readonly log: RefusalLog,
  ) {}

  /** Deletes up to `most` refusals received before `before`, in the caller's transaction. Skips locked rows. */
  async expire(manager: EntityManager, before: Date, most: number): Promise<number> {
    const [, expired] = await manager.query<[unknown, number]>(
      `DELETE FROM refusals WHERE id IN (
         SELECT id FROM refusals WHERE received_at < $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      [before, most],
    );
    return expired;
  }

  /**
   * Erases body and address of every refusal whose body names the person or cannot be decrypted, and returns their number.
   * A refusal that another process has not written yet (within 1 s) is not found.
   */
  async erase({ person, ...wanted }: PersonSearch): Promise<number> {
    await this.log.save();
    const mentions = new PersonMentions(wanted);
    let erased = 0;
    for (let after = LOWEST_ID; ;) {
      const page = await this.readPage(after);
      const found = page
        .filter((refusal) => isWithin(refusal, person) && this.mentionsPerson(refusal, mentions))
        .map(({ id }) => id);
      const [, cleared] = await this.db.query<[unknown, number]>(
        `UPDATE refusals SET body = NULL, body_key = NULL, address = NULL WHERE id = ANY($1)`,
        [found],
      );
      erased += cleared;
      const last = page.at(-1);
      if (!last || page.length < REFUSALS_A_PAGE) return erased;
      after = last.id;
    }
  }

  private mentionsPerson(refusal: StoredRefusal, mentions: PersonMentions): boolean {
    const { gateway, account } = refusal;
    const bytes = this.decryptOrNull(refusal);
    return bytes === null || mentions.isIn({ gateway, account: account ?? '', headers: [], bytes });
  }

  private readPage(after: string): Promise<StoredRefusal[]> {
    return this.db.query<StoredRefusal[]>(
      `SELECT id, gateway, account, body AS raw, body_key AS "payloadKey" FROM refusals
       WHERE id > $1 AND body IS NOT NULL ORDER BY id LIMIT ${REFUSALS_A_PAGE}`,
      [after],
    );
  }

  /** Re-encrypts every stored body under the newest key, in pages. A body that cannot be decrypted stays as it is. */
  async reencryptAll(): Promise<void> {
    const newest = this.cipher.newestKey;
    if (newest === null) return;
    for (let after = LOWEST_ID; ;) {
      const page = await this.readPage(after);
      for (const refusal of page) if (refusal.payloadKey !== newest) await this.reencrypt(refusal);
      const last = page.at(-1);
      if (!last || page.length < REFUSALS_A_PAGE) return;
      after = last.id;
    }
  }

  private async reencrypt(refusal: StoredRefusal): Promise<void> {
    const bytes = this.decryptOrNull(refusal);
    if (bytes === null) return;
    const { raw, payloadKey } = this.cipher.encrypt(refusal.id, bytes);
    await this.db.query(
      `UPDATE refusals SET body = $2, body_key = $3 WHERE id = $1 AND body IS NOT NULL
         AND body_key IS NOT DISTINCT FROM $4`,
      [refusal.id, raw, payloadKey, refusal.payloadKey],
    );
  }

  /** Null if the body cannot be decrypted. */
  private decryptOrNull(refusal: StoredRefusal): Buffer | null {
    try {
      return this.cipher.decrypt(refusal);
    } catch (error) {
      if (error instanceof PayloadUnreadableError) return null;
      throw error;
    }
  }
}

const isWithin = (refusal: StoredRefusal, { gateway, account }: DataSubject): boolean =>
  (gateway === null || gateway === refusal.gateway) && (account === null || account === refusal.account);
