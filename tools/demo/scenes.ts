import type { StoryName } from '../../src/simulator/stories.js';

/** The messages of one payment, and the expected result. */
export interface Scene {
  gateway: 'stripe' | 'razorpay' | 'standard' | 'ippopay';
  story: StoryName;
  /** The order in which the messages are sent. */
  sent: 'in order' | 'in reverse' | 'each three times';
  status: string;
  /** Minor units. */
  refunded: string;
  /** The mails depend on all messages being told before the first mail has settled. */
  hurries: boolean;
  /** The mails that the customer must have received in the end. */
  mails: readonly Mail[];
}

/** A mail that a customer received. */
export type Mail = 'alert' | 'received' | 'receipt' | 'refund';

const scene = (
  gateway: Scene['gateway'],
  story: StoryName,
  status: string,
  mails: readonly Mail[],
  more: Partial<Pick<Scene, 'sent' | 'refunded' | 'hurries'>> = {},
): Scene => ({ gateway, story, status, mails, sent: 'in order', refunded: '0', hurries: false, ...more });

/**
 * One line for each payment. Where the customer must get an alert, `failure-then-recovery` waits for that mail before
 * it continues. Else it continues at once.
 */
export const SCENES: readonly Scene[] = [
  scene('stripe', 'success', 'succeeded', ['receipt'], { sent: 'each three times' }),
  scene('stripe', 'failure', 'failed', ['alert']),
  scene('stripe', 'failure-then-recovery', 'succeeded', ['receipt'], { hurries: true }),
  scene('stripe', 'failure-then-recovery', 'succeeded', ['alert', 'received']),
  scene('stripe', 'authorize-capture', 'succeeded', ['receipt'], { sent: 'in reverse' }),
  scene('stripe', 'partial-refunds', 'partially_refunded', ['receipt', 'refund', 'refund'], {
    refunded: '4000',
    sent: 'in reverse',
    hurries: true,
  }),
  scene('stripe', 'dispute-lost', 'disputed', ['receipt']),
  scene('stripe', 'canceled', 'canceled', []),
  scene('razorpay', 'success', 'succeeded', ['receipt']),
  scene('razorpay', 'failure', 'failed', ['alert'], { sent: 'each three times' }),
  scene('razorpay', 'failure-then-recovery', 'succeeded', ['receipt'], { sent: 'in reverse', hurries: true }),
  scene('razorpay', 'full-refund', 'refunded', ['refund'], { refunded: '10000', hurries: true }),
  scene('razorpay', 'dispute-won', 'succeeded', ['receipt']),
  scene('standard', 'success', 'succeeded', ['receipt'], { sent: 'in reverse' }),
  scene('standard', 'failure', 'failed', ['alert']),
  scene('standard', 'partial-refunds', 'partially_refunded', ['receipt', 'refund', 'refund'], {
    refunded: '4000',
  }),
  scene('ippopay', 'success', 'succeeded', ['receipt'], { sent: 'each three times' }),
  scene('ippopay', 'failure', 'failed', ['alert']),
  scene('ippopay', 'failure-then-recovery', 'succeeded', ['alert', 'received']),
];
