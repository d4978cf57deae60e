import type { FailureReasons } from '../../../payments/index.js';

/**
 * Stripe's decline codes and error codes, beyond the spellings in common use (docs.stripe.com/declines/codes,
 * docs.stripe.com/error-codes).
 */
export const STRIPE_FAILURES: FailureReasons = {
  declined: [
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
  ],
  limit_exceeded: [
    'withdrawal_count_limit_exceeded',
    'card_velocity_exceeded',
    'amount_too_large',
    'charge_exceeds_source_limit',
    'charge_exceeds_transaction_limit',
    'charge_exceeds_weekly_limit',
  ],
  wrong_details: ['incorrect_address', 'incorrect_zip', 'postal_code_invalid', 'invalid_characters'],
  not_confirmed: [
    'authentication_not_handled',
    'payment_intent_authentication_failure',
    'setup_intent_authentication_failure',
    'offline_pin_required',
    'online_or_offline_pin_required',
    'pin_try_exceeded',
  ],
  account_unusable: [
    'new_account_information_available',
    'bank_account_restricted',
    'bank_account_unusable',
    'bank_account_unverified',
  ],
  temporary_problem: [
    'issuer_not_available',
    'reenter_transaction',
    'lock_timeout',
    'payment_method_provider_timeout',
    'api_error',
  ],
  timed_out: ['payment_intent_payment_attempt_expired'],
  cancelled: ['payment_method_customer_decline'],
};
