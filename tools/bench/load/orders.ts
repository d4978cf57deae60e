import type { Events } from './events.js';

/** As fast as the program answers: every connection sends its next request when its last one is answered. */
export interface Saturate {
  how: 'saturate';
  url: string;
  events: Events;
  connections: number;
  /** Our own, or autocannon. */
  by: Generator;
}

export type Generator = 'own' | 'autocannon';

/** At a rate of its own, whatever the program does: an answer that is late does not hold back the next request. */
export interface Steady {
  how: 'steady';
  url: string;
  events: Events;
  rate: number;
  connections: number;
  /** Every so many requests, asks the read API until it shows the payment. */
  watch?: { every: number; apiKey: string };
}

export type Order = Saturate | Steady;

export interface Outcome {
  /** Answers with a 2xx, and everything else by its status or error. */
  ok: number;
  others: Record<string, number>;
  seconds: number;
  /** The moment of the last answer, in milliseconds since 1970. */
  endedAt: number;
  perSecond: number;
  /** Milliseconds from the moment a request was due to its answer. */
  latency: Quantiles;
  /** Milliseconds from the moment a request was due until the read API showed its payment. */
  visible: Quantiles | null;
  /** What the generator itself used while it sent. */
  cpuSeconds: number;
}

export interface Quantiles {
  p50: number;
  p99: number;
  max: number;
  count: number;
}

export function quantiles(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1), count: sorted.length };
}
