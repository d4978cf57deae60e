import { Connection, onTheWire } from './connection.js';
import { signedEvent } from './events.js';
import { type Outcome, quantiles, type Steady } from './orders.js';
import { untilVisible } from './visible.js';

const TICK_MS = 1;

/**
 * Sends at a fixed rate. What finds no free connection waits for one, and its wait counts: a latency is taken from
 * the moment a request was due, so that a program that stalls cannot hide what it kept from being sent.
 */
export async function steady({ url, events, rate, connections, watch }: Steady): Promise<Outcome> {
  const requests = Array.from({ length: events.count }, (_, nth) => onTheWire(signedEvent(events, nth)));
  const free = await Promise.all(Array.from({ length: connections }, () => Connection.open(url)));
  const all = [...free];
  const due: { nth: number; at: number }[] = [];
  const latencies: number[] = [];
  const others: Record<string, number> = {};
  const watched: Promise<number>[] = [];

  const began = performance.now();
  const cpu = process.cpuUsage();
  await new Promise<void>((resolve) => {
    let made = 0;
    let answered = 0;
    const pump = (): void => {
      while (due.length > 0 && free.length > 0) sendOne(due.shift() as { nth: number; at: number });
    };
    const sendOne = ({ nth, at }: { nth: number; at: number }): void => {
      // Each in its turn: one that rests for seconds is closed by the server, as it should be.
      const connection = free.shift() as Connection;
      if (watch && nth % watch.every === 0) watched.push(untilVisible(url, events, nth, at, watch.apiKey));
      void connection.send(requests[nth] as Buffer).then((status) => {
        if (status >= 200 && status < 300) latencies.push(performance.now() - at);
        else others[status] = (others[status] ?? 0) + 1;
        free.push(connection);
        if (++answered === requests.length) return resolve();
        pump();
      });
    };
    const tick = (): void => {
      const now = performance.now();
      const until = Math.min(requests.length, Math.floor(((now - began) / 1000) * rate) + 1);
      while (made < until) due.push({ nth: made++, at: now });
      pump();
      if (made < requests.length) setTimeout(tick, TICK_MS);
    };
    tick();
  });
  const ended = performance.now();
  const seconds = (ended - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  for (const connection of all) connection.close();
  return {
    ok: latencies.length,
    others,
    seconds,
    perSecond: latencies.length / seconds,
    latency: quantiles(latencies),
    visible: watch ? quantiles(await Promise.all(watched)) : null,
    endedAt: performance.timeOrigin + ended,
    cpuSeconds: (user + system) / 1e6,
  };
}
