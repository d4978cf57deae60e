/**
 * Why a payment failed, as far as a customer may know. Gateways have hundreds of codes for operators; a customer can act
 * on these few. Each reason has its words in every catalog of messages.
 */
export const FAILURE_REASONS = [
  'declined',
  'insufficient_funds',
  'limit_exceeded',
  'expired_card',
  'wrong_details',
  'wrong_security_code',
  'not_confirmed',
  'method_not_supported',
  'currency_not_supported',
  'account_unusable',
  'temporary_problem',
  'timed_out',
  'cancelled',
  'duplicate',
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/**
 * What one gateway's codes mean to a customer. A code that is not listed, and is none of the common ones, reads as a
 * plain decline.
 */
export type FailureReasons = Readonly<Partial<Record<FailureReason, readonly string[]>>>;
