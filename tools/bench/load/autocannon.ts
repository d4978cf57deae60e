import autocannon from 'autocannon';
import { signedEvent } from './events.js';
import type { Outcome, Saturate } from './orders.js';

const RESPONSE_TIMEOUT_SECONDS = 60;

/**
 * The same load by a generator that others wrote, to check ours by: it costs about twice as much CPU, which the
 * programs under test are short of on a small machine. Every connection gets its share of prepared requests, so that none is ever sent twice and none is signed
 * meanwhile.
 */
export async function saturateByAutocannon({ url, events, connections }: Saturate): Promise<Outcome> {
  const shares = Array.from({ length: connections }, () => [] as autocannon.Request[]);
  for (let nth = 0; nth < events.count; nth++) {
    const { path, body, signature } = signedEvent(events, nth);
    const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
    shares[nth % connections]?.push({ method: 'POST', path, headers, body });
  }

  let next = 0;
  let began = 0;
  let ended = 0;
  let cpu = process.cpuUsage();
  const options = {
    url,
    connections,
    amount: events.count,
    timeout: RESPONSE_TIMEOUT_SECONDS,
    setupClient: (client: autocannon.Client) => client.setRequests(shares[next++] ?? []),
  };
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const running = autocannon(options, (cause: unknown, it) => {
      if (cause) reject(new Error('autocannon failed', { cause }));
      else resolve(it);
    });
    // The connections write their requests out as they are made, before the first one is sent.
    running.on('start', () => {
      began = performance.now();
      cpu = process.cpuUsage();
    });
    // It looks once a second whether it is done: by its own account everything takes whole seconds.
    running.on('response', () => {
      ended = performance.now();
    });
  });
  const seconds = (ended - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const { errors, timeouts, latency } = result;
  return {
    ok: result['2xx'],
    others: others({ '4xx': result['4xx'], '5xx': result['5xx'], errors, timeouts }),
    seconds,
    perSecond: result['2xx'] / seconds,
    latency: { p50: latency.p50, p99: latency.p99, max: latency.max, count: result['2xx'] },
    visible: null,
    endedAt: performance.timeOrigin + ended,
    cpuSeconds: (user + system) / 1e6,
  };
}

const others = (counts: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
