/**
 * Every column that can hold text, and what becomes of a person in it. A column that is missing here fails
 * `test/e2e/personal-data.e2e-spec.ts`: whoever adds one decides.
 *
 * - `erased`: `POST /customers/erase` clears it, and `RETENTION_DAYS` lets it expire.
 * - `erased only`: an erasure clears it; it is kept as long as its row (parked and dead deliveries are).
 * - otherwise the reason why nothing personal is in it.
 */
export type Kept = 'erased' | 'erased only' | `nothing personal: ${string}`;

const KEY = 'nothing personal: a key or an id, which a shop must not build out of a person (README)';
const OURS = 'nothing personal: a word of our own';
const GATEWAYS = "nothing personal: the gateway's or account's configured name";
const CODE = "nothing personal: a gateway's short code";
const MONEY = 'nothing personal: ids, amounts, statuses and times';
const ERROR =
  'nothing personal: class, code and constraint of an error, never its words (canaries-in-errors)';

export const COLUMNS: Readonly<Record<string, Kept>> = {
  'deliveries.account': GATEWAYS,
  'deliveries.errors': 'erased',
  'deliveries.event_id': KEY,
  'deliveries.event_type': "nothing personal: the event's name in the gateway's words",
  'deliveries.gateway': GATEWAYS,
  'deliveries.headers': 'erased',
  'deliveries.hint_order': KEY,
  'deliveries.key': KEY,
  'deliveries.last_error': ERROR,
  'deliveries.payload_key': 'nothing personal: the name of an encryption key',
  'deliveries.provenance': OURS,
  'deliveries.raw': 'erased',
  'deliveries.status': OURS,
  'deliveries.verdict': OURS,
  'domain_events.name': OURS,
  'domain_events.payload': 'nothing personal: a snapshot without customer and without the words of a failure',
  'handler_runs.handler': "nothing personal: the handler's id",
  'handler_runs.last_error': ERROR,
  'handler_runs.status': OURS,
  'feature_progress.feature': "nothing personal: the feature's name",
  'installation.mark_key': 'nothing personal: a random key',
  'migrations.name': OURS,
  'notifications.account': GATEWAYS,
  'notifications.attempt_key': KEY,
  'notifications.channel': OURS,
  'notifications.facts': 'erased',
  'notifications.gateway': GATEWAYS,
  'notifications.gateway_order_id': KEY,
  'notifications.html': 'erased',
  'notifications.kind': OURS,
  'notifications.last_error': ERROR,
  'notifications.locale': 'nothing personal: a language, once the recipient is gone',
  'notifications.merchant': "nothing personal: a merchant's account at the gateway",
  'notifications.mode': OURS,
  'notifications.order_key': KEY,
  'notifications.reason': OURS,
  'notifications.recipient': 'erased',
  'notifications.reference': 'nothing personal: the id of a mail, made of ours',
  'notifications.status': OURS,
  'notifications.subject': 'erased',
  'notifications.text': 'erased',
  'payment_reports.event_id': KEY,
  'payment_reports.key': KEY,
  'payment_reports.kind': OURS,
  'payment_reports.outcome': OURS,
  'payment_reports.told': 'erased',
  'payment_reports.type': "nothing personal: the event's name in the gateway's words",
  'payments.account': GATEWAYS,
  'payments.captures': MONEY,
  'payments.currency': CODE,
  'payments.customer_email': 'erased',
  'payments.customer_id': 'erased',
  'payments.customer_locale': 'erased',
  'payments.customer_name': 'erased',
  'payments.customer_phone': 'erased',
  'payments.disputes': MONEY,
  'payments.failure': 'erased',
  'payments.fee': MONEY,
  'payments.fold': MONEY,
  'payments.gateway': GATEWAYS,
  'payments.gateway_order_id': KEY,
  'payments.gateway_payment_id': KEY,
  'payments.merchant': "nothing personal: a merchant's account at the gateway",
  'payments.mode': OURS,
  'payments.order_id': KEY,
  'payments.published_failures': MONEY,
  'payments.refunds': MONEY,
  'payments.state': OURS,
  'payments.status': OURS,
  'refusal_counts.gateway': GATEWAYS,
  'refusal_counts.reason': OURS,
  'refusals.account': GATEWAYS,
  'refusals.address': 'erased',
  'refusals.body': 'erased',
  'refusals.body_key': 'nothing personal: the name of an encryption key',
  'refusals.gateway': GATEWAYS,
  'refusals.reason': OURS,
  'refusals.verdict': OURS,
  'secret_uses.account': GATEWAYS,
  'secret_uses.gateway': GATEWAYS,
  'secret_uses.mark': 'nothing personal: a fingerprint of a secret',
};
