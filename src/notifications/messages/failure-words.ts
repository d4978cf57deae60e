/**
 * Why a payment failed, as far as a customer may know. Gateways have hundreds of codes for operators. A customer can
 * act on these few reasons. Every catalog has a sentence for each of them.
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
 * Codes that must stay confidential: they would tell a thief that the card was reported, or a fraudster that a rule
 * matched. A customer reads the plain decline, as Stripe requires for these codes (docs.stripe.com/declines/codes).
 * Unknown codes read the same. These codes are listed all the same, so that nobody gives them a sentence of their own.
 */
export const CONFIDENTIAL_CODES: readonly string[] = [
  'lost_card',
  'stolen_card',
  'card_lost',
  'card_stolen',
  'reported_lost',
  'reported_stolen',
  'pickup_card',
  'pick_up_card',
  'restricted_card',
  'fraudulent',
  'fraud',
  'suspected_fraud',
  'highest_risk_level',
  'elevated_risk_level',
  'merchant_blacklist',
  'security_violation',
  'debit_instrument_blocked',
  'payment_risk_check_failed',
  'compliance_violation',
  'payment_amount_tampered',
];

/**
 * Stripe: decline codes and error codes (docs.stripe.com/declines/codes, docs.stripe.com/error-codes).
 * Razorpay: `error_reason` (razorpay.com/docs/errors/payments/list). The other codes are common spellings that the
 * `standard` body may contain.
 */
const CODES_BY_REASON: Readonly<Record<FailureReason, readonly string[]>> = {
  declined: [
    // Stripe
    'card_declined',
    'generic_decline',
    'do_not_honor',
    'do_not_try_again',
    'call_issuer',
    'no_action_taken',
    'not_permitted',
    'transaction_not_allowed',
    'stop_payment_order',
    'revocation_of_authorization',
    'revocation_of_all_authorizations',
    'service_not_allowed',
    'live_mode_test_card',
    'testmode_decline',
    'approve_with_id',
    'payment_method_provider_decline',
    'payment_intent_payment_attempt_failed',
    // Razorpay
    'payment_failed',
    'payment_declined',
    'debit_declined',
    'bad_request_error',
    ...CONFIDENTIAL_CODES,
  ],
  insufficient_funds: [
    'insufficient_funds',
    'insufficient_fund',
    'insufficient_balance',
    'insufficient_account_balance',
    'not_sufficient_funds',
    'wallet_balance_insufficient',
  ],
  limit_exceeded: [
    'withdrawal_count_limit_exceeded',
    'card_velocity_exceeded',
    'amount_too_large',
    'charge_exceeds_source_limit',
    'charge_exceeds_transaction_limit',
    'charge_exceeds_weekly_limit',
    'transaction_limit_exceeded',
    'transaction_daily_limit_exceeded',
    'transaction_daily_count_exceeded',
    'transaction_frequency_limit_exceeded',
    'mcc_amount_limit_exceeded',
    'credit_limit_exceeded',
    'limit_exceeded',
    'amount_limit_exceeded',
  ],
  expired_card: ['expired_card', 'card_expired'],
  wrong_details: [
    'incorrect_number',
    'invalid_number',
    'invalid_expiry_month',
    'invalid_expiry_year',
    'incorrect_address',
    'incorrect_zip',
    'postal_code_invalid',
    'invalid_characters',
    'card_number_invalid',
    'incorrect_card_details',
    'incorrect_card_expiry_date',
    'incorrect_cardholder_name',
    'invalid_card_number',
    'invalid_expiry_date',
  ],
  wrong_security_code: ['incorrect_cvc', 'invalid_cvc', 'incorrect_cvv', 'invalid_cvv'],
  not_confirmed: [
    'authentication_required',
    'authentication_not_handled',
    'payment_intent_authentication_failure',
    'setup_intent_authentication_failure',
    'authentication_failed',
    '3ds_authentication_failed',
    'incorrect_pin',
    'invalid_pin',
    'offline_pin_required',
    'online_or_offline_pin_required',
    'pin_try_exceeded',
    'pin_not_set',
    'incorrect_atm_pin',
    'incorrect_otp',
    'invalid_otp',
    'otp_expired',
    'otp_attempts_exceeded',
  ],
  method_not_supported: [
    'card_not_supported',
    'card_type_invalid',
    'card_not_enrolled',
    'card_disabled_for_online_payments',
    'card_network_not_enabled',
    'card_network_not_supported',
    'debit_instrument_inactive',
    'international_transaction_not_allowed',
    'mobile_device_authentication_required',
    'payment_method_not_available',
    'payment_method_unactivated',
    'payment_method_unsupported_type',
    'bank_not_enabled',
    'user_not_eligible',
    'user_not_registered_for_netbanking',
    'psp_not_registered',
    'psp_app_not_supported',
    'credit_not_permitted',
    'transaction_on_vpa_restricted',
  ],
  currency_not_supported: ['currency_not_supported', 'invalid_currency'],
  account_unusable: [
    'invalid_account',
    'new_account_information_available',
    'account_closed',
    'account_frozen',
    'no_account',
    'bank_account_closed',
    'bank_account_invalid',
    'bank_account_restricted',
    'bank_account_unusable',
    'bank_account_unverified',
    'bank_account_validation_failed',
    'debit_not_authorized',
    'incorrect_ifsc',
    'invalid_vpa',
    'vpa_resolution_failed',
  ],
  temporary_problem: [
    'processing_error',
    'issuer_not_available',
    'reenter_transaction',
    'try_again_later',
    'lock_timeout',
    'payment_method_provider_timeout',
    'api_error',
    'bank_cutoff_in_progress',
    'bank_not_available',
    'bank_technical_error',
    'issuer_technical_error',
    'gateway_technical_error',
    'invalid_response_from_gateway',
    'upi_app_technical_error',
    'psp_technical_error',
    'credit_to_beneficiary_failed',
    'payment_declined_due_to_high_traffic',
    'server_error',
    'gateway_error',
  ],
  timed_out: [
    'payment_intent_payment_attempt_expired',
    'payment_timed_out',
    'payment_session_expired',
    'payment_collect_request_expired',
    'collect_request_pending',
    'timed_out',
    'timeout',
    'expired',
  ],
  cancelled: [
    'payment_method_customer_decline',
    'payment_cancelled',
    'payment_canceled',
    'user_cancelled',
    'user_canceled',
    'cancelled',
    'canceled',
  ],
  duplicate: ['duplicate_transaction', 'duplicate_request', 'duplicate_rrn_found'],
};

/** A Map, because in an object the code `constructor` would find the prototype's property. */
const REASON_BY_CODE: ReadonlyMap<string, FailureReason> = new Map(
  FAILURE_REASONS.flatMap((reason) => CODES_BY_REASON[reason].map((code) => [code, reason] as const)),
);

/** Every code that has a reason. Tests and documentation read it. */
export const KNOWN_CODES: readonly string[] = [...REASON_BY_CODE.keys()];

/**
 * The reason that a customer reads for a gateway's code. The code may be in any case, and have spaces or hyphens
 * instead of underscores. Without a code, or with an unknown one, it is the plain decline, which is true for every
 * failure and reveals nothing.
 */
export function failureReasonOf(code: string | null): FailureReason {
  const normalized =
    code
      ?.trim()
      .toLowerCase()
      .replace(/[\s-]+/g, '_') ?? '';
  return REASON_BY_CODE.get(normalized) ?? 'declined';
}
