import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { formatTable } from '../table.js';
import type { Ask } from './orders.js';
import { waitUntil } from './stage.js';

/** The one failure of the demo is tried again after so many seconds. */
export const DEMO_RETRY_SECONDS = '0.2';

const TOPICS = ['payment.succeeded', 'payment.failed', 'order.paid', 'account.*'];
const EVENTS = `/events?mode=test&limit=200&topics=${TOPICS.join()}`;

/** A request that a subscriber received; `status` is what it answered, and 401 where the signature did not verify. */
interface Arrival {
  id: string;
  status: number;
}

interface ListedEvent {
  id: string;
  type: string;
  subjectId: string;
  sequence: number;
}

interface EventPage {
  items: ListedEvent[];
  endCursor: string;
}

/** Another system: it verifies what it is sent, answers the challenge, and fails at the first event. */
async function startSubscriber(secret: string) {
  const verifier = new Webhook(secret);
  const arrivals: Arrival[] = [];
  const answer = (body: string, headers: IncomingMessage['headers']): [status: number, text: string] => {
    try {
      const message = verifier.verify(body, headers as Record<string, string>) as {
        type: string;
        data: { challenge: string };
      };
      if (message.type === 'subscription.challenge')
        return [200, JSON.stringify({ challenge: message.data.challenge })];
      return [arrivals.length === 0 ? 500 : 200, ''];
    } catch {
      return [401, ''];
    }
  };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const [status, told] = answer(body, request.headers);
      if (told === '') arrivals.push({ id: String(request.headers['webhook-id']), status });
      response.writeHead(status).end(told);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/payhook`,
    arrivals,
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Subscribes, lets `play` make events, and compares what arrived with `GET /events`. Resolves with a printed table. */
export async function playSubscriber(
  ask: Ask,
  play: () => Promise<void>,
): Promise<{ text: string; asExpected: boolean }> {
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const subscriber = await startSubscriber(secret);
  try {
    const { endCursor } = await ask<EventPage>(EVENTS);
    const terms = { url: subscriber.url, topics: TOPICS, filter: { mode: 'test' }, ordered: true, secret };
    const { id } = await ask<{ id: string }>('/subscriptions', terms, 'POST');
    await ask(`/subscriptions/${id}/confirm`, {}, 'POST');
    await play();
    let listed: ListedEvent[] = [];
    await waitUntil(async () => {
      listed = (await ask<EventPage>(`${EVENTS}&after=${endCursor}`)).items;
      const { quiet } = await ask<{ quiet: boolean }>('/stats');
      return quiet && listed.every((event) => isDelivered(event, subscriber.arrivals));
    });
    return compare(listed, subscriber.arrivals);
  } finally {
    subscriber.close();
  }
}

const isDelivered = ({ id }: ListedEvent, arrivals: readonly Arrival[]): boolean =>
  arrivals.some((one) => one.id === id && one.status === 200);

/** The end of the id: ids that were made in the same second begin alike. */
const nameOf = ({ subjectId }: ListedEvent): string => `…${subjectId.slice(-6)}`;

/** An event is right where it was delivered behind the earlier ones of its subject. Each is delivered once, and one failed before. */
function compare(listed: readonly ListedEvent[], arrivals: readonly Arrival[]) {
  const delivered = arrivals.filter(({ status }) => status === 200).map(({ id }) => id);
  const rows = listed.map((event) => {
    const statuses = arrivals.filter(({ id }) => id === event.id).map(({ status }) => status);
    const right = listed
      .filter(({ subjectId, sequence }) => subjectId === event.subjectId && sequence < event.sequence)
      .every(({ id }) => delivered.indexOf(id) < delivered.indexOf(event.id));
    return {
      right,
      cells: [event.type, nameOf(event), String(event.sequence), statuses.join(', '), right ? '✓' : '✗'],
    };
  });
  const answeredWith = (status: number): number => arrivals.filter((one) => one.status === status).length;
  const isComplete = listed.length > 0 && delivered.length === listed.length;
  return {
    text: `Told to a subscriber, as GET /events lists it\n${formatTable(
      ['event', 'subject', 'sequence', 'answered', ''],
      rows.map(({ cells }) => cells),
    )}`,
    asExpected:
      isComplete && answeredWith(500) === 1 && answeredWith(401) === 0 && rows.every(({ right }) => right),
  };
}
