import { readdirSync, readFileSync } from 'node:fs';
import type { SigningGateway } from './requests.js';
import type { Json } from './test-app.js';

/** One message to sign and post. */
export interface PostStep {
  gateway: SigningGateway;
  body: Json;
  answer: 'accepted' | 'ignored' | 'parked';
  /** The id of the message, where it is not in the body. */
  eventId?: string;
  /** It happened so many seconds ago, whatever the body's time says. */
  ago?: number;
  /** Wait until nothing is pending before the next step. */
  drain?: boolean;
}

export type Step = PostStep | { wait: 'mail' };

/** What gateways really sent, in shape: messages in order, and what must be true after them. */
export interface FoundCase {
  name: string;
  why: string;
  steps: readonly Step[];
  /** Fields the payment must show: of those with several values, any. What is not named is free. */
  payment?: { gatewayPaymentId: string } & Record<string, unknown>;
  /** The ids of all its refunds. */
  refundIds?: readonly string[];
  /** The last message ends parked: part of its first fault, or of the reason. */
  parked?: string;
  mails?: { to: string; count: number };
}

const FOLDER = new URL('../fixtures/found/', import.meta.url);

/** Every case, by the file it stands in. */
export function foundCases(): [string, FoundCase[]][] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => [
      file.replace('.json', ''),
      JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as FoundCase[],
    ]);
}

/** The body of a step at its time. */
export function bodyAt({ body, ago, gateway }: PostStep, now: Date): Json {
  if (ago === undefined) return body;
  const at = Math.floor(now.getTime() / 1000) - ago;
  return gateway === 'stripe' ? { ...body, created: at } : { ...body, created_at: at };
}
