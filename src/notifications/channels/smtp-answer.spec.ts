import { describe, expect, it } from '@jest/globals';
import { PermanentDeliveryError, TransientDeliveryError } from './delivery.errors.js';
import { deliveryErrorOf } from './smtp-answer.js';

const failure = (code: string, command: string, responseCode?: number): Error =>
  Object.assign(new Error('550 no such user canary@example.com'), { code, command, responseCode });

describe('what a failure to send means', () => {
  it.each([
    ['EENVELOPE', 'RCPT TO', 550],
    ['EENVELOPE', 'RCPT TO', 553],
    ['EENVELOPE', 'DATA', 554],
    ['EMESSAGE', 'DATA', 552],
    ['EMESSAGE', 'MAIL FROM', undefined],
  ])('%s at %s with %s is final', (code, step, reply) => {
    expect(deliveryErrorOf(failure(code, step, reply))).toBeInstanceOf(PermanentDeliveryError);
  });

  it.each([
    ['EENVELOPE', 'RCPT TO', 450],
    ['EENVELOPE', 'RCPT TO', 530],
    ['EENVELOPE', 'MAIL FROM', 550],
    ['EMESSAGE', 'DATA', 451],
    ['EAUTH', 'AUTH PLAIN', 535],
    ['ETIMEDOUT', 'CONN', undefined],
    ['ESOCKET', 'CONN', undefined],
    ['EABORT', '', undefined],
  ])('%s at %s with %s may be retried', (code, step, reply) => {
    expect(deliveryErrorOf(failure(code, step, reply))).toBeInstanceOf(TransientDeliveryError);
  });

  it('names the step and the code, and never repeats the server', () => {
    const error = deliveryErrorOf(failure('EENVELOPE', 'RCPT TO', 550));
    expect(error.message).toBe('mail was not sent: EENVELOPE 550 at RCPT TO');
    expect(error.cause).toBeUndefined();
    expect(deliveryErrorOf('odd').message).toBe('mail was not sent: unknown failure');
  });
});
