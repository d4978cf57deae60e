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

/** What a gateway says of its own words, for whoever writes to customers. Every gateway fits it by shape. */
export interface GatewayVocabulary {
  readonly name: string;
  readonly failureReasons?: FailureReasons;
  /** E-mail addresses, in lower case, that the gateway writes where a customer gave none. */
  readonly placeholderEmails?: readonly string[];
}

/** Injects `readonly GatewayVocabulary[]`. The module that knows the gateways provides it. */
export const GATEWAY_VOCABULARIES = Symbol('GATEWAY_VOCABULARIES');
