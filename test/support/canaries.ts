import { randomBytes } from 'node:crypto';

/*
 * What must never be read where nobody may see it. Every secret and every word about a person has `canary` in it, so
 * that one look finds them all; numbers have no letters and are told apart.
 */

export const CARD = '4000056655665556';
export const PHONE = '+4915199887766';

export const SECRET = {
  stripe: 'whsec_canary_stripe_0123456789abcdef',
  razorpay: 'canary-razorpay-webhook-secret',
  /** Base64 of 24 bytes. */
  standard: `whsec_${'canary'.repeat(5)}ca`,
  ippopay: 'canary-ippopay-token-0123456789-0123456789',
  apiKey: 'canary-key-of-more-than-thirty-two-characters',
  publicKey: 'pk_live_canary1',
  secretKey: 'sk_live_canary1',
  smtp: 'canary-smtp-password',
  database: 'canary-database-password',
  /** Base64 of 32 bytes. */
  payloadKey: `${'canary'.repeat(7)}A=`,
} as const;

/** A person, with the place it was planted at in the name, so that a find says where it came from. */
export const person = (place: string) => ({
  id: `cus_canary_${place}`,
  email: `canary.${place}@leak.example`,
  phone: PHONE,
  name: `Zara Canary ${place}`,
});

/** Words of a bank that quote what they should not. */
export const tactless = (place: string): string =>
  `Card ${CARD} of Zara Canary ${place} <canary.${place}@leak.example> was declined`;

/** Headers that authenticate somebody, and some that tell of people. */
export const headers = (place: string): Record<string, string> => ({
  Authorization: `Bearer canary-bearer-${place}`,
  'Proxy-Authorization': 'Basic Y2FuYXJ5OmNhbmFyeQ==canary',
  Cookie: `session=canary-${place}`,
  'X-Api-Key': `canary-api-key-${place}`,
  'X-Customer-Email': `canary.${place}@leak.example`,
  'X-Customer-Phone': PHONE,
  'X-Card': CARD,
  'X-Forwarded-Uri': `/webhooks/ippopay/${SECRET.ippopay}`,
  Referer: `https://canary:canary@shop.example/?email=canary.${place}@leak.example`,
});

const groups = CARD.match(/.{4}/g)?.join('[ -]?') ?? CARD;
const LEAK = new RegExp(`[^\\n]{0,60}(?:canary|${PHONE.slice(1)}|${groups}|Zara)[^\\n]{0,60}`, 'gi');

/** Every find with its surroundings; empty where nothing leaked. */
export const leaksIn = (text: string): string[] => text.match(LEAK) ?? [];

/** Of no use to anybody: a signature that is none. */
export const noSignature = (): string => `canary${randomBytes(29).toString('hex')}`;
