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
  /** The mails that the customer must have received in the end. */
  expectedMails: 'nothing' | 'failed' | 'failed, then received';
}

const scene = (
  gateway: Scene['gateway'],
  story: StoryName,
  status: string,
  more: Partial<Pick<Scene, 'sent' | 'refunded' | 'expectedMails'>> = {},
): Scene => ({ gateway, story, status, sent: 'in order', refunded: '0', expectedMails: 'nothing', ...more });

/**
 * One line for each payment. Where the customer must get two mails, `failure-then-recovery` waits for the first mail before
 * it continues. Where the customer must get none, it continues at once.
 */
export const SCENES: readonly Scene[] = [
  scene('stripe', 'success', 'succeeded', { sent: 'each three times' }),
  scene('stripe', 'failure', 'failed', { expectedMails: 'failed' }),
  scene('stripe', 'failure-then-recovery', 'succeeded'),
  scene('stripe', 'failure-then-recovery', 'succeeded', { expectedMails: 'failed, then received' }),
  scene('stripe', 'authorize-capture', 'succeeded', { sent: 'in reverse' }),
  scene('stripe', 'partial-refunds', 'partially_refunded', { refunded: '4000', sent: 'in reverse' }),
  scene('stripe', 'dispute-lost', 'disputed'),
  scene('stripe', 'canceled', 'canceled'),
  scene('razorpay', 'success', 'succeeded'),
  scene('razorpay', 'failure', 'failed', { expectedMails: 'failed', sent: 'each three times' }),
  scene('razorpay', 'failure-then-recovery', 'succeeded', { sent: 'in reverse' }),
  scene('razorpay', 'full-refund', 'refunded', { refunded: '10000' }),
  scene('razorpay', 'dispute-won', 'succeeded'),
  scene('standard', 'success', 'succeeded', { sent: 'in reverse' }),
  scene('standard', 'failure', 'failed', { expectedMails: 'failed' }),
  scene('standard', 'partial-refunds', 'partially_refunded', { refunded: '4000' }),
  scene('ippopay', 'success', 'succeeded', { sent: 'each three times' }),
  scene('ippopay', 'failure', 'failed', { expectedMails: 'failed' }),
  scene('ippopay', 'failure-then-recovery', 'succeeded', { expectedMails: 'failed, then received' }),
];
