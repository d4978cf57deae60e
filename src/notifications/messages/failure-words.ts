import {
  FAILURE_REASONS,
  type FailureReason,
  type FailureReasons,
  type GatewayVocabulary,
} from '../../payments/index.js';

/**
 * Codes that must stay confidential: they would tell a thief that the card was reported, or a fraudster that a rule
 * matched. A customer reads the plain decline, as gateways require. Unknown codes read the same. These codes are listed
 * all the same, so that no gateway gives them a sentence of their own.
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
 * Spellings in common use, which several gateways and whoever sends for them write. What only one gateway writes stands in
 * its own folder (`Gateway.failureReasons`).
 */
const CODES_BY_REASON: Readonly<Record<FailureReason, readonly string[]>> = {
  declined: ['card_declined', 'payment_failed', 'payment_declined', ...CONFIDENTIAL_CODES],
  insufficient_funds: [
    'insufficient_funds',
    'insufficient_fund',
    'insufficient_balance',
    'not_sufficient_funds',
  ],
  limit_exceeded: ['limit_exceeded', 'amount_limit_exceeded'],
  expired_card: ['expired_card', 'card_expired'],
  wrong_details: [
    'incorrect_number',
    'invalid_number',
    'invalid_expiry_month',
    'invalid_expiry_year',
    'invalid_card_number',
    'invalid_expiry_date',
  ],
  wrong_security_code: ['incorrect_cvc', 'invalid_cvc', 'incorrect_cvv', 'invalid_cvv'],
  not_confirmed: ['authentication_required', 'authentication_failed', 'incorrect_pin', 'invalid_pin'],
  method_not_supported: ['card_not_supported'],
  currency_not_supported: ['currency_not_supported', 'invalid_currency'],
  account_unusable: [
    'invalid_account',
    'account_closed',
    'account_frozen',
    'no_account',
    'bank_account_closed',
    'bank_account_invalid',
  ],
  temporary_problem: ['processing_error', 'try_again_later'],
  timed_out: ['timed_out', 'timeout', 'expired'],
  cancelled: ['payment_canceled', 'user_cancelled', 'user_canceled', 'cancelled', 'canceled'],
  duplicate: ['duplicate_transaction'],
};

/** A Map, because in an object the code `constructor` would find the prototype's property. */
type ReasonByCode = ReadonlyMap<string, FailureReason>;

const reasonByCode = (codes: FailureReasons): ReasonByCode =>
  new Map(FAILURE_REASONS.flatMap((reason) => (codes[reason] ?? []).map((code) => [code, reason] as const)));

const COMMON = reasonByCode(CODES_BY_REASON);
const CONFIDENTIAL: ReadonlySet<string> = new Set(CONFIDENTIAL_CODES);

/** The common codes with words of their own, for tests. */
export const COMMON_CODES: readonly string[] = [...COMMON.keys()];

/** What the codes of these gateways mean to a customer. */
export class FailureWords {
  private readonly byGateway: ReadonlyMap<string, ReasonByCode>;
  private readonly all: ReasonByCode;

  constructor(gateways: readonly GatewayVocabulary[]) {
    this.byGateway = new Map(
      gateways.map(({ name, failureReasons = {} }) => [name, reasonByCode(failureReasons)]),
    );
    this.all = new Map([...this.byGateway.values()].flatMap((codes) => [...codes]));
  }

  /**
   * The reason a customer is told for a code, in any case and with spaces or hyphens for underscores. The gateway's own
   * meaning comes first, then the common one, then another gateway's: who sends for several passes their codes on.
   * No code and an unknown code are the plain decline: it is true of every failure and gives nothing away.
   */
  reasonOf(code: string | null, gateway: string | null = null): FailureReason {
    const spelled =
      code
        ?.trim()
        .toLowerCase()
        .replace(/[\s-]+/g, '_') ?? '';
    if (CONFIDENTIAL.has(spelled)) return 'declined';
    const own = gateway === null ? undefined : this.byGateway.get(gateway)?.get(spelled);
    return own ?? COMMON.get(spelled) ?? this.all.get(spelled) ?? 'declined';
  }
}
