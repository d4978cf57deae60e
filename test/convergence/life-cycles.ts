import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { IppopayFakeApi } from '../../src/webhooks/gateways/ippopay/ippopay-api.simulator.js';
import { createStorySubject } from '../../src/simulator/player.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { supportsStory, STORY_NAMES, buildStory, type StoryName } from '../../src/simulator/stories.js';
import { gateways, type Gateway } from '../../src/webhooks/gateways/index.js';
import { interpretMessage } from '../../src/webhooks/message/interpret-message.js';
import type { ArrivedReport } from './naive-payment.js';

/** One story of one payment, as the events of one gateway. */
export interface LifeCycle {
  gateway: string;
  name: StoryName;
  steps: readonly StoryEvent[];
}

const SECRET = `whsec_${Buffer.alloc(24, 5).toString('base64')}`;
const IPPOPAY_KEYS = { publicKey: 'pk_test_convergence', secretKey: 'sk_test_convergence' };

/** Every story of every gateway that has the events for it. The stories are one hour old. */
export function lifeCycles(start = new Date(Date.now() - 3_600_000)): LifeCycle[] {
  return [...SIMULATORS.values()].flatMap((simulator) =>
    STORY_NAMES.filter((name) => supportsStory(name, simulator.steps)).map((name) => ({
      gateway: simulator.gateway,
      name,
      steps: buildStory(
        simulator,
        name,
        createStorySubject(simulator.gateway, `cycle_${name.replaceAll('-', '_')}`, start),
      ),
    })),
  );
}

/** The reports of a life cycle: its signed messages, translated by the gateway's adapter. */
export async function reportsOfLifeCycle({
  gateway: name,
  steps,
}: Pick<LifeCycle, 'gateway' | 'steps'>): Promise<ArrivedReport[]> {
  const gateway = gateways.find((each) => each.name === name);
  if (!gateway) throw new Error(`no gateway ${name}`);
  if (SIMULATORS.get(name)?.startApi) return fetchedReports(gateway, steps);
  return steps.flatMap((event) => reportsIn(gateway, ...signedBody(name, event)));
}

function signedBody(name: string, event: StoryEvent): [Buffer, Record<string, string>] {
  const simulator = SIMULATORS.get(name);
  if (!simulator) throw new Error(`nobody plays ${name}`);
  const request = simulator.sign(simulator.body(event), {
    secret: SECRET,
    now: new Date(),
    eventId: event.eventId,
  });
  return [request.body, request.headers];
}

/** For a gateway that only sends hints: the answers of its API after each step. */
async function fetchedReports(gateway: Gateway, steps: readonly StoryEvent[]): Promise<ArrivedReport[]> {
  const api = await IppopayFakeApi.start(IPPOPAY_KEYS);
  const { publicKey: PUBLIC_KEY, secretKey: SECRET_KEY } = IPPOPAY_KEYS;
  try {
    const reports: ArrivedReport[] = [];
    for (const event of steps) {
      api.applyEvent(event);
      const { orderId } = event;
      const got = await gateway.fetch?.(
        orderId,
        { PUBLIC_KEY, SECRET_KEY, API_URL: api.baseUrl },
        new Date(),
      );
      if (got?.kind !== 'answer') throw new Error(`${gateway.name} did not answer`);
      reports.push(...reportsIn(gateway, got.raw));
    }
    return reports;
  } finally {
    await api.close();
  }
}

function reportsIn(
  gateway: Gateway,
  raw: Buffer,
  headers: Record<string, string> | null = null,
): ArrivedReport[] {
  const {
    key,
    eventId,
    content: says,
  } = interpretMessage(gateway, {
    raw,
    body: JSON.parse(raw.toString()) as unknown,
    headers: headers ?? {},
    provenance: headers === null ? 'fetched' : 'received',
    mode: 'live',
    settings: {},
    receivedAt: new Date(),
  });
  if (says.kind !== 'reports' || key === null) throw new Error(`${gateway.name} says nothing of a payment`);
  return says.reports.map((report) => ({ ...report, key, eventId: eventId ?? key }));
}
