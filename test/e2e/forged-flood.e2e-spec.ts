import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runFlood, type FloodReport } from '../../tools/flood/flood.js';
import { closeConnections } from '../../src/simulator/sender.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { refusedBy, SIGNING } from '../support/requests.js';
import { SECRETS, startTestApp, type Json, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ environment: { REFUSALS_KEPT: '50' } });
});
afterAll(async () => {
  closeConnections();
  await app.close();
});

const floodOf = (gateway: (typeof SIGNING)[number]): Promise<FloodReport> => {
  const simulator = SIMULATORS.get(gateway);
  if (!simulator) throw new Error(`no simulator of ${gateway}`);
  const rates = { forged: 1000, genuine: 20, seconds: 1.5 };
  return runFlood({ url: app.url, simulator, secret: SECRETS[gateway], ...rates });
};

describe('a flood of forged requests from the address that genuine events come from', () => {
  it.each(SIGNING)(
    '%s: every genuine event is taken, nothing forged is, and each refusal is counted',
    async (gateway) => {
      const report = await floodOf(gateway);
      expect(report.genuineSent).toBeGreaterThan(5);
      expect([...report.genuineResponses]).toEqual([[200, report.genuineSent]]);
      expect(report.forgedSent).toBeGreaterThan(400);
      expect([...report.forgedResponses.keys()].filter((status) => status !== 401 && status !== 429)).toEqual(
        [],
      );

      const refused = await refusedBy(app, gateway);
      const counted = (refused.no_secret_matches ?? 0) + (refused.rate_limited ?? 0);
      expect(counted).toBe(report.forgedSent);
      await app.quiet();
      const { items } = await app.get<Json>(`/deliveries?gateway=${gateway}&limit=200`);
      expect(items).toHaveLength(report.genuineSent);
      expect((await app.get<Json>('/refusals?limit=200')).items.length).toBeLessThanOrEqual(50);
    },
  );
});
