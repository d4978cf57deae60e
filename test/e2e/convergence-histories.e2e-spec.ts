import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { reportsOfLifeCycle } from '../convergence/life-cycles.js';
import { naivePayment, type ArrivedReport } from '../convergence/naive-payment.js';
import { arrivalOf } from '../convergence/random-history.js';
import { randomStory, type RandomStory } from '../convergence/random-story.js';
import { historyRuns } from '../support/history-runs.js';
import {
  comparable,
  freshId,
  paymentOf,
  signedStep,
  SIGNING,
  type SigningGateway,
} from '../support/requests.js';
import { startTwoProcesses, type TwoProcesses } from '../support/two-processes.js';

// A thousand histories at night.
jest.setTimeout(1_200_000);

let service: TwoProcesses;
beforeAll(async () => {
  service = await startTwoProcesses();
});
afterAll(() => service.close());

/** As it mostly goes: the oldest first. Each report is then applied alone to what is stored. */
const inTime = (telling: RandomStory): fc.Arbitrary<number[]> =>
  fc.constant(
    [...telling.keys()].sort(
      (a, b) => (telling[a]?.occurredAt.getTime() ?? 0) - (telling[b]?.occurredAt.getTime() ?? 0),
    ),
  );

/** A telling, and its places in the order in which they arrive. */
const arriving = (gateway: SigningGateway) =>
  randomStory(gateway).chain((telling) =>
    fc.record({
      telling: fc.constant(telling),
      order: fc.oneof(inTime(telling), arrivalOf([...telling.keys()])),
    }),
  );
const toldByAll = fc.record({
  stripe: arriving('stripe'),
  razorpay: arriving('razorpay'),
  standard: arriving('standard'),
});

/** The same history of a payment that nobody has told of yet. */
function ofNewPayment(telling: RandomStory): StoryEvent[] {
  const paymentId = freshId('pay');
  return telling.map((step, at) => ({
    ...step,
    paymentId,
    orderId: `ord_${paymentId}`,
    eventId: `evt_${paymentId}_${at}`,
  }));
}

/** Of bodies that are the same to the byte, a gateway that knows its messages by them tells once. */
const eachOnce = (reports: readonly ArrivedReport[]): ArrivedReport[] => [
  ...new Map(reports.toReversed().map((report) => [report.key, report])).values(),
];

describe('any history, told by every gateway to two processes at once (pain 3)', () => {
  it('is stored as the rules say, read word for word', async () => {
    const tellAndCompare = fc.asyncProperty(toldByAll, async (told) => {
      const stories = SIGNING.map((gateway) => ({
        gateway,
        order: told[gateway].order,
        steps: ofNewPayment(told[gateway].telling),
      }));
      await Promise.all(
        stories.map(async ({ gateway, order, steps }) => {
          for (const at of order)
            expect((await service.send(signedStep(gateway, steps[at] as StoryEvent))).status).toBe(200);
        }),
      );
      await service.quiet();
      for (const { gateway, steps } of stories) {
        const gatewayPaymentId = steps[0]?.paymentId ?? '';
        expect(comparable(await paymentOf(service.first, gatewayPaymentId))).toEqual({
          ...naivePayment(eachOnce(await reportsOfLifeCycle({ gateway, steps }))),
          ...{ gateway, account: 'default', gatewayPaymentId, timelineTruncated: false },
        });
      }
    });
    await fc.assert(tellAndCompare, historyRuns(1 / 10));
  });
});
