import type { HmacProof } from '../gateway.js';

/** Razorpay signs the raw body alone, with HMAC-SHA256 in hexadecimal. */
export const razorpayProof = {
  by: 'hmac',
  at: { header: 'x-razorpay-signature' },
} as const satisfies HmacProof;
