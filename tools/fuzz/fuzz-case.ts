import { type SignedRequest } from '../../src/simulator/gateway-simulator.js';
import { forge, alterBody } from '../../src/simulator/tampering.js';
import { createStorySubject } from '../../src/simulator/player.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { supportsStory, STORY_NAMES, buildStory } from '../../src/simulator/stories.js';
import { type Choices } from './choices.js';
import { mutateBytes } from './mutate-bytes.js';
import { mutateJson } from './mutate-json.js';
import { buildReadRequest } from './read-requests.js';
import { misframe, addHostileHeaders } from './hostile-heads.js';

/** One request, sent by an HTTP client or as raw bytes over its own connection. */
export type FuzzCase = {
  /** The kind of case, for the printed result. */
  kind: string;
  /** True if a 2xx response would mean that an unproven message was accepted. */
  forged: boolean;
} & (
  | { by: 'client'; method: 'GET' | 'POST'; request: SignedRequest }
  | { by: 'wire'; bytes: Buffer; host: string }
);

export interface FuzzTarget {
  secrets: ReadonlyMap<string, string>;
  apiKey: string;
  host: string;
  /** Ids that the read API returned before. */
  ids: readonly string[];
}

const GATEWAYS = [...SIMULATORS.keys()];
/** Number of payments: enough for parallel work, few enough that mutated reports meet in the same payment. */
const PAYMENT_COUNT = 500;

/** Builds the nth case from its choices. Only the signatures depend on `now`. */
export function buildFuzzCase(nth: number, choices: Choices, target: FuzzTarget, now: Date): FuzzCase {
  if (choices.chance(15)) {
    return { kind: 'read', forged: false, by: 'client', ...buildReadRequest(choices, target) };
  }
  const gateway = choices.pick(GATEWAYS);
  const signer = createSigner(gateway, nth, choices, target, now);
  if (choices.chance(15)) {
    const request = choices.chance(50) ? signer.forged() : alterBody(signer.signed(plain(signer.body)));
    // Ippopay signs no bytes, so that it accepts an altered body.
    return { kind: 'forged', forged: gateway !== 'ippopay', by: 'client', method: 'POST', request };
  }
  const signed = signer.signed(choices.chance(70) ? mutateBody(signer.body, choices) : plain(signer.body));
  if (choices.chance(8)) {
    const bytes = misframe(signed, choices, target.host);
    return { kind: 'framing', forged: false, by: 'wire', bytes, host: target.host };
  }
  if (choices.chance(10)) {
    const bytes = addHostileHeaders(signed, choices, target.host);
    return { kind: 'headers', forged: false, by: 'wire', bytes, host: target.host };
  }
  return { kind: `signed ${gateway}`, forged: false, by: 'client', method: 'POST', request: signed };
}

function createSigner(gateway: string, nth: number, choices: Choices, target: FuzzTarget, now: Date) {
  const simulator = SIMULATORS.get(gateway);
  const secret = target.secrets.get(gateway);
  if (!simulator || secret === undefined) throw new RangeError(`no secret of ${gateway}`);
  const payment = choices.integerBelow(PAYMENT_COUNT);
  const subject = createStorySubject(gateway, `fuzz_${payment}`, new Date(now.getTime() - 3_600_000));
  const stories = STORY_NAMES.filter((name) => supportsStory(name, simulator.steps));
  // 5 % repeat an earlier event id: a duplicate, or the same id with another body.
  const telling = choices.chance(5) ? choices.integerBelow(nth + 1) : nth;
  const event = {
    ...choices.pick(buildStory(simulator, choices.pick(stories), subject)),
    eventId: `evt_${telling}`,
  };
  const options = { secret, now, eventId: event.eventId };
  const body = simulator.body(event);
  return {
    body,
    signed: (raw: Buffer) => simulator.sign(raw, options),
    forged: () => forge(simulator, body, options),
  };
}

const plain = (body: Buffer): Buffer => body;

function mutateBody(body: Buffer, choices: Choices): Buffer {
  const value: unknown = JSON.parse(body.toString('utf8'));
  const structure = choices.chance(75);
  const text = JSON.stringify(mutateJson(value, choices, structure ? 1 + choices.integerBelow(4) : 0));
  const raw = Buffer.from(text);
  return structure && choices.chance(85) ? raw : mutateBytes(raw, choices);
}
