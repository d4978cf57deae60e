import { type Identity, isValidId, type VerifiedMessage } from './gateway.js';

/** The header of ours that keeps the merchant of an answer, so that a rebuild and a replay read the same. */
export const MERCHANT_HEADER = 'payhook-merchant';

/** The merchant of an answer that does not name one itself; null where none was known. Never of what was received. */
export function merchantOfAnswer({
  provenance,
  headers,
}: Pick<VerifiedMessage, 'provenance' | 'headers'>): string | null {
  const merchant = provenance === 'received' ? undefined : headers[MERCHANT_HEADER];
  return isValidId(merchant) ? merchant : null;
}

/** The same object says more once its merchant is known, so it is stored once more. */
export const identityWithMerchant = (identity: Identity, merchant: string | null): Identity =>
  merchant === null || identity.key === null ? identity : { ...identity, key: `${identity.key}:${merchant}` };
