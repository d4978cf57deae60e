import { Connection, onTheWire } from './connection.js';
import { signedEvent } from './events.js';
import { type Outcome, quantiles, type Saturate } from './orders.js';

/** Every connection sends the next prepared request when its last one is answered, until there are no more. */
export async function saturate({ url, events, connections }: Saturate): Promise<Outcome> {
  const requests = Array.from({ length: events.count }, (_, nth) => onTheWire(signedEvent(events, nth)));
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(url)));
  const latencies: number[] = [];
  const others: Record<string, number> = {};

  let next = 0;
  const sendAll = async (connection: Connection): Promise<void> => {
    for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
      const sent = performance.now();
      const status = await connection.send(request);
      if (status >= 200 && status < 300) latencies.push(performance.now() - sent);
      else others[status] = (others[status] ?? 0) + 1;
    }
  };
  const began = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(open.map(sendAll));
  const ended = performance.now();
  const seconds = (ended - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);

  for (const connection of open) connection.close();
  return {
    ok: latencies.length,
    others,
    seconds,
    perSecond: latencies.length / seconds,
    latency: quantiles(latencies),
    visible: null,
    endedAt: performance.timeOrigin + ended,
    cpuSeconds: (user + system) / 1e6,
  };
}
