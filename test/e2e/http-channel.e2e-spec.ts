import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { OutgoingMessage } from '../../src/notifications/channels/channel.js';
import { HttpChannel } from '../../src/notifications/channels/http.channel.js';
import {
  ChannelGoneError,
  ChannelSettingsError,
  PermanentSendError,
  TransientSendError,
} from '../../src/notifications/channels/send.errors.js';
import {
  answer,
  type Behaviour,
  CUTS_THE_BODY,
  CUTS_THE_HEAD,
  DRIPS,
  FLOODS,
  HANGS,
  HttpReceiver,
  TALKS_GARBAGE,
} from '../support/http-receiver.js';

const secretOf = (letter: string): string => `whsec_${Buffer.from(letter.repeat(24)).toString('base64')}`;
const SECRET = secretOf('a');
const NEXT_SECRET = secretOf('b');

let receiver: HttpReceiver;
beforeAll(async () => {
  receiver = await HttpReceiver.start(SECRET);
});
afterEach(() => receiver.recover());
afterAll(() => receiver.stop());

const rendered = { subject: 'Betreff ✓', text: 'Grüße', html: '<p>Grüße</p>', locale: 'de' };
const details = { payment: { id: 'p_1' }, customer: { id: null } } as unknown as Awaited<
  ReturnType<OutgoingMessage['readDetails']>
>;
const message = (change: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  ...{ id: '0199a1b2-0000-7000-8000-000000000001', to: '', kind: 'payment_failed', rendered },
  ...{ signal: new AbortController().signal, readDetails: () => Promise.resolve(details) },
  ...change,
});
const channel = (options: Partial<ConstructorParameters<typeof HttpChannel>[0]> = {}): HttpChannel =>
  new HttpChannel({ url: receiver.url, secrets: [SECRET], timeoutMs: 10_000, ...options });

async function errorOf(sending: Promise<unknown>): Promise<Error> {
  const error: unknown = await sending.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Error) return error;
  throw new Error('the message was sent');
}

describe('a message by HTTP', () => {
  it('arrives signed, with what it says and what it is about', async () => {
    expect(await channel().send(message())).toEqual({ status: 'sent', reference: null });
    expect(receiver.messages.splice(0)).toEqual([
      {
        id: message().id,
        type: 'message.due',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        data: { kind: 'payment_failed', ...rendered, ...details },
      },
    ]);
  });

  it.each([
    ['the new secret, which the receiver has', [SECRET, NEXT_SECRET]],
    ['the old secret, which the receiver still has', [NEXT_SECRET, SECRET]],
  ])('is signed by %s', async (_which, secrets) => {
    await channel({ secrets }).send(message());
    expect(receiver.messages.splice(0)).toHaveLength(1);
    expect(receiver.requests.at(-1)?.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
  });

  it('by another secret alone is refused, which an operator has to put right', async () => {
    const error = await errorOf(channel({ secrets: [NEXT_SECRET] }).send(message()));
    expect(error).toBeInstanceOf(ChannelSettingsError);
    expect(receiver.forged).toBe(1);
  });

  it.each([
    ['breaks off in its answer', CUTS_THE_BODY],
    ['never ends its answer', DRIPS],
    ['answers without bound', FLOODS],
    ['answers what is no JSON', answer(200, { 'content-type': 'application/json' }, '}{')],
    ['answers 202', answer(202)],
  ])('is sent to a receiver that takes it and %s', async (_how, behaviour) => {
    receiver.behave(behaviour);
    expect(await channel().send(message())).toEqual({ status: 'sent', reference: null });
  });
});

describe('a receiver that does not take a message', () => {
  it.each<[string, Behaviour, unknown, string]>([
    ['500', answer(500, {}, 'canary'), TransientSendError, 'the receiver answered 500'],
    ['408', answer(408), TransientSendError, 'the receiver answered 408'],
    ['425', answer(425), TransientSendError, 'the receiver answered 425'],
    ['400', answer(400, {}, 'canary'), PermanentSendError, 'the receiver answered 400'],
    ['413', answer(413), PermanentSendError, 'the receiver answered 413'],
    ['410', answer(410), ChannelGoneError, 'the receiver answered 410'],
    ['401', answer(401), ChannelSettingsError, 'the receiver answered 401'],
    ['403', answer(403), ChannelSettingsError, 'the receiver answered 403'],
    ['404', answer(404), ChannelSettingsError, 'the receiver answered 404'],
    ['308', answer(308, { location: '/moved' }), ChannelSettingsError, 'the receiver answered 308'],
    ['half a head', CUTS_THE_HEAD, TransientSendError, 'the receiver could not be reached: UND_ERR_SOCKET'],
    ['garbage', TALKS_GARBAGE, TransientSendError, 'the receiver could not be reached: HPE_INVALID_CONSTANT'],
  ])('answers %s', async (_what, behaviour, expected, told) => {
    receiver.behave(behaviour);
    const before = receiver.requests.length;
    const error = await errorOf(channel().send(message()));
    expect(error.constructor).toBe(expected);
    expect(error.message).toBe(told);
    expect(error.cause).toBeUndefined();
    // One request: no redirect is followed.
    expect(receiver.requests.length - before).toBe(1);
  });

  it.each([
    ['7', 7_000],
    ['never', 0],
  ])('says that it wants to wait (Retry-After: %s)', async (header, ms) => {
    receiver.behave(answer(429, { 'retry-after': header }));
    expect(await errorOf(channel().send(message()))).toMatchObject({ retryAfterMs: ms });
  });

  it('says nothing in time', async () => {
    receiver.behave(HANGS);
    const error = await errorOf(channel({ timeoutMs: 50 }).send(message()));
    expect(error.constructor).toBe(TransientSendError);
    expect(error.message).toBe('the receiver did not answer in time');
  });

  it('is not waited for once the process gives the message up', async () => {
    receiver.behave(HANGS);
    const giveUp = new AbortController();
    const sending = errorOf(channel().send(message({ signal: giveUp.signal })));
    giveUp.abort();
    expect(await sending).toBeInstanceOf(TransientSendError);
  });

  it('is not there', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const url = `http://127.0.0.1:${port}/canary?token=canary`;
    const error = await errorOf(channel({ url }).send(message()));
    expect(error.message).toBe('the receiver could not be reached: ECONNREFUSED');
  });
});
