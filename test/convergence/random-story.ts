import fc from 'fast-check';
import type { StoryStep, StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';

/** A random story without the ids of its payment. Each use needs new ids. */
export type RandomStory = readonly Omit<StoryEvent, 'paymentId' | 'orderId' | 'eventId'>[];

const START = Date.now() - 3_600_000;
const some = fc.constantFrom('1000', '2500', '6000');

function stepOf(kind: StoryStep): fc.Arbitrary<RandomStory[number]> {
  const isRefund = kind.startsWith('refund_');
  return fc.record(
    {
      kind: fc.constant(kind),
      // Few seconds, so that many events have the same one.
      occurredAt: fc.integer({ min: 0, max: 4 }).map((second) => new Date(START + second * 1000)),
      amount: fc.constantFrom('10000', '10000', '12000'),
      currency: fc.constantFrom('USD', 'USD', 'USD', 'USD', 'EUR'),
      customer: fc.record({
        email: fc.option(fc.constantFrom('a@example.com', 'b@example.com')),
        name: fc.option(fc.constantFrom('Asha', 'Rao')),
        phone: fc.option(fc.constant('+911234567890')),
      }),
      attempt: fc.constantFrom(1, 1, 2),
      failureCode: fc.constantFrom('expired_card', 'insufficient_funds'),
      ...(isRefund && {
        refundId: fc.constantFrom('rfnd_1', 'rfnd_2'),
        refundAmount: some,
        refundedTotal: fc.constantFrom('1000', '3500', '8000', '10000'),
      }),
      ...(kind.startsWith('dispute_') && { disputeId: fc.constantFrom('disp_1', 'disp_2') }),
      ...(kind === 'succeeded' && { capturedAmount: some }),
    },
    { requiredKeys: ['kind', 'occurredAt', 'amount', 'currency', 'customer', 'attempt'] },
  );
}

/** Up to eight different steps of one payment that the gateway has events for. */
export function randomStory(gateway: string): fc.Arbitrary<RandomStory> {
  const steps = SIMULATORS.get(gateway)?.steps ?? [];
  // Refunds are more frequent: totals and single refunds must agree.
  const refunds = steps.filter((kind) => kind.startsWith('refund_'));
  return fc.uniqueArray(fc.constantFrom(...steps, ...refunds, ...refunds, ...refunds).chain(stepOf), {
    minLength: 1,
    maxLength: 8,
    selector: (step) => JSON.stringify(step),
  });
}
