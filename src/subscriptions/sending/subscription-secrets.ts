import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SecretCipher, SecretUnreadableError } from '../../feature.js';
import type { Subscription } from '../subscription.entity.js';
import { findSecrets, replaceSecrets, type StoredSecrets } from '../subscription-secret.store.js';

/** The secrets of subscriptions, encrypted for the row of their subscription. */
@Injectable()
export class SubscriptionSecrets {
  private readonly logger = new Logger('subscriptions');
  /** The subscriptions whose secret cannot be decrypted, as the log says once. */
  private readonly unreadable = new Set<string>();

  constructor(private readonly cipher: SecretCipher) {}

  /** As it is stored. */
  encrypt(id: string, secret: string): string {
    return this.cipher.encrypt(placeOf(id), secret);
  }

  /**
   * The secrets that sign at this time: the one before a rotation as well, for its time.
   * @throws SecretUnreadableError if one cannot be decrypted.
   */
  signing(
    one: Pick<Subscription, 'id' | 'secret' | 'previousSecret' | 'previousSecretUntil'>,
    now: Date,
  ): readonly string[] {
    const { id, secret, previousSecret, previousSecretUntil } = one;
    const isBoth = previousSecret !== null && previousSecretUntil !== null && previousSecretUntil > now;
    try {
      const opened = (isBoth ? [secret, previousSecret] : [secret]).map((stored) =>
        this.cipher.decrypt(placeOf(id), stored),
      );
      this.unreadable.delete(id);
      return opened;
    } catch (error) {
      if (error instanceof SecretUnreadableError && !this.unreadable.has(id)) this.warn(id, error);
      throw error;
    }
  }

  private warn(id: string, { message }: SecretUnreadableError): void {
    this.unreadable.add(id);
    this.logger.warn(`nothing can be sent to subscription ${id}, and its events are kept: ${message}`);
  }
}

/** Encrypts every secret under the newest key. Resolves with how many remain under another key, by its name. */
export async function reencryptSecrets(
  manager: EntityManager,
  cipher: SecretCipher,
): Promise<ReadonlyMap<string, number>> {
  const left = new Map<string, number>();
  const count = (stored: string): void => {
    const key = cipher.keyOf(stored);
    if (key !== null && !cipher.isNewest(stored)) left.set(key, (left.get(key) ?? 0) + 1);
  };
  for (const stored of await findSecrets(manager)) {
    const fresh = encryptAnew(stored, cipher);
    const isKept = fresh.secret === stored.secret && fresh.previousSecret === stored.previousSecret;
    const now = isKept || (await replaceSecrets(manager, stored, fresh)) ? fresh : stored;
    for (const one of [now.secret, now.previousSecret]) if (one !== null) count(one);
  }
  return left;
}

/** A secret that cannot be decrypted, or is under the newest key, stays as it is. */
function encryptAnew({ id, secret, previousSecret }: StoredSecrets, cipher: SecretCipher): StoredSecrets {
  const anew = (stored: string): string => {
    if (cipher.isNewest(stored)) return stored;
    const opened = cipher.tryDecrypt(placeOf(id), stored);
    return opened === null ? stored : cipher.encrypt(placeOf(id), opened);
  };
  return { id, secret: anew(secret), previousSecret: previousSecret === null ? null : anew(previousSecret) };
}

const placeOf = (id: string): string => `subscription ${id}`;
