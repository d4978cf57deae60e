import { Agent, get } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { type Events, paymentId } from './events.js';

const TIMEOUT_MS = 60_000;
const POLL_INTERVAL_MS = 2;
const agent = new Agent({ keepAlive: true });

/** Asks the read API for the payment of an event until it is there; milliseconds since `began`. */
export async function untilVisible(
  url: string,
  events: Events,
  nth: number,
  began: number,
  apiKey: string,
): Promise<number> {
  const wanted = `${url}/payments?gateway=stripe&gatewayPaymentId=${paymentId(events, nth)}`;
  while (performance.now() - began < TIMEOUT_MS) {
    const answer = await ask(wanted, apiKey);
    if (answer.items.length > 0) return performance.now() - began;
    await wait(POLL_INTERVAL_MS);
  }
  throw new Error(`the payment of event ${nth} was not shown within ${TIMEOUT_MS / 1000} s`);
}

function ask(url: string, apiKey: string): Promise<{ items: unknown[] }> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization: `Bearer ${apiKey}` } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as { items: unknown[] });
        else reject(new Error(`the read API answered ${response.statusCode}: ${text}`));
      });
    }).on('error', reject);
  });
}
