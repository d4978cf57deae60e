import type { StoryName } from '../../src/simulator/stories.js';

/** What is played for one payment, and what must have become of it. */
export interface Scene {
  gateway: 'stripe' | 'razorpay' | 'standard' | 'ippopay';
  story: StoryName;
  /** How the messages reach the service. */
  sent: 'in order' | 'in reverse' | 'each three times';
  status: string;
  /** Minor units. */
  refunded: string;
  /** What the customer must have heard in the end. */
  told: 'nothing' | 'failed' | 'failed, then received';
}

const scene = (
  gateway: Scene['gateway'],
  story: StoryName,
  status: string,
  more: Partial<Pick<Scene, 'sent' | 'refunded' | 'told'>> = {},
): Scene => ({ gateway, story, status, sent: 'in order', refunded: '0', told: 'nothing', ...more });

/**
 * One line a payment. `failure-then-recovery` waits for the alert before it goes on where the customer is to hear
 * of both, and goes straight on where the customer is to hear nothing.
 */
export const SCENES: readonly Scene[] = [
  scene('stripe', 'success', 'succeeded', { sent: 'each three times' }),
  scene('stripe', 'failure', 'failed', { told: 'failed' }),
  scene('stripe', 'failure-then-recovery', 'succeeded'),
  scene('stripe', 'failure-then-recovery', 'succeeded', { told: 'failed, then received' }),
  scene('stripe', 'authorize-capture', 'succeeded', { sent: 'in reverse' }),
  scene('stripe', 'partial-refunds', 'partially_refunded', { refunded: '4000', sent: 'in reverse' }),
  scene('stripe', 'dispute-lost', 'disputed'),
  scene('stripe', 'canceled', 'canceled'),
  scene('razorpay', 'success', 'succeeded'),
  scene('razorpay', 'failure', 'failed', { told: 'failed', sent: 'each three times' }),
  scene('razorpay', 'failure-then-recovery', 'succeeded', { sent: 'in reverse' }),
  scene('razorpay', 'full-refund', 'refunded', { refunded: '10000' }),
  scene('razorpay', 'dispute-won', 'succeeded'),
  scene('standard', 'success', 'succeeded', { sent: 'in reverse' }),
  scene('standard', 'failure', 'failed', { told: 'failed' }),
  scene('standard', 'partial-refunds', 'partially_refunded', { refunded: '4000' }),
  scene('ippopay', 'success', 'succeeded', { sent: 'each three times' }),
  scene('ippopay', 'failure', 'failed', { told: 'failed' }),
  scene('ippopay', 'failure-then-recovery', 'succeeded', { told: 'failed, then received' }),
];
