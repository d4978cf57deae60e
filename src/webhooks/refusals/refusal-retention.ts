import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { DataSubject } from '../../payments/index.js';
import { PayloadUnreadableError } from '../inbox/payload-cipher.errors.js';
import { PayloadCipher } from '../inbox/payload-cipher.js';
import { PersonMentions, type PersonSearch } from '../message/person-mentions.js';
import { RefusalLog } from './refusal-log.js';
import {
  deleteRefusalsBefore,
  eraseRefusals,
  findRefusalBodies,
  replaceRefusalBody,
  type StoredRefusalBody,
} from './refusal.store.js';

const LOWEST_ID = '00000000-0000-0000-0000-000000000000';
const REFUSALS_PER_PAGE = 200;

/** Retention, erasure and re-encryption of stored refusals. Their bodies are unverified, and nothing depends on them. */
@Injectable()
export class RefusalRetention {
  constructor(
    private readonly db: DataSource,
    private readonly cipher: PayloadCipher,
    private readonly log: RefusalLog,
  ) {}

  /** Deletes up to `most` refusals received before `before`, in the caller's transaction. Skips locked rows. */
  expire(manager: EntityManager, before: Date, most: number): Promise<number> {
    return deleteRefusalsBefore(manager, before, most);
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
      erased += await eraseRefusals(this.db, found);
      const last = page.at(-1);
      if (!last || page.length < REFUSALS_PER_PAGE) return erased;
      after = last.id;
    }
  }

  private mentionsPerson(refusal: StoredRefusalBody, mentions: PersonMentions): boolean {
    const { gateway, account } = refusal;
    const bytes = this.decryptOrNull(refusal);
    return bytes === null || mentions.isIn({ gateway, account: account ?? '', headers: [], bytes });
  }

  private readPage(after: string): Promise<StoredRefusalBody[]> {
    return findRefusalBodies(this.db, after, REFUSALS_PER_PAGE);
  }

  /** Re-encrypts every stored body under the newest key, in pages. A body that cannot be decrypted stays as it is. */
  async reencryptAll(): Promise<void> {
    const newest = this.cipher.newestKey;
    if (newest === null) return;
    for (let after = LOWEST_ID; ;) {
      const page = await this.readPage(after);
      for (const refusal of page) if (refusal.payloadKey !== newest) await this.reencrypt(refusal);
      const last = page.at(-1);
      if (!last || page.length < REFUSALS_PER_PAGE) return;
      after = last.id;
    }
  }

  private async reencrypt(refusal: StoredRefusalBody): Promise<void> {
    const bytes = this.decryptOrNull(refusal);
    if (bytes === null) return;
    const encrypted = this.cipher.encrypt(refusal.id, bytes);
    await replaceRefusalBody(this.db, { id: refusal.id, ...encrypted }, refusal.payloadKey);
  }

  /** Null if the body cannot be decrypted. */
  private decryptOrNull(refusal: StoredRefusalBody): Buffer | null {
    try {
      return this.cipher.decrypt(refusal);
    } catch (error) {
      if (error instanceof PayloadUnreadableError) return null;
      throw error;
    }
  }
}

const isWithin = (refusal: StoredRefusalBody, { gateway, account }: DataSubject): boolean =>
  (gateway === null || gateway === refusal.gateway) && (account === null || account === refusal.account);
