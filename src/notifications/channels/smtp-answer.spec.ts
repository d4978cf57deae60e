import { describe, expect, it } from '@jest/globals';
import { ChannelSettingsError, PermanentSendError, TransientSendError } from './send.errors.js';
import { toSendError } from './smtp-answer.js';

const failure = (code: string, command: string, responseCode?: number): Error =>
  Object.assign(new Error('550 no such user canary@example.com'), { code, command, responseCode });

describe('the error class of a failed send', () => {
  it.each([
    ['EENVELOPE', 'RCPT TO', 550],
    ['EENVELOPE', 'RCPT TO', 553],
    ['EENVELOPE', 'DATA', 554],
    ['EMESSAGE', 'DATA', 552],
    ['EMESSAGE', 'MAIL FROM', undefined],
  ])('%s at %s with %s is final', (code, step, reply) => {
    expect(toSendError(failure(code, step, reply))).toBeInstanceOf(PermanentSendError);
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
    expect(toSendError(failure(code, step, reply))).toBeInstanceOf(TransientSendError);
  });

  it.each([
    ['EAUTH', 'AUTH PLAIN', 535],
    ['EAUTH', 'AUTH LOGIN', 534],
    ['EAUTH', 'API', undefined],
    ['EENVELOPE', 'MAIL FROM', 550],
    ['EENVELOPE', 'MAIL FROM', 530],
    ['EENVELOPE', 'RCPT TO', 530],
    ['ETLS', 'STARTTLS', undefined],
  ])('%s at %s with %s needs an operator', (code, step, reply) => {
    expect(toSendError(failure(code, step, reply))).toBeInstanceOf(ChannelSettingsError);
  });

  it.each([
    ['EAUTH', 'AUTH PLAIN', 454],
    ['EENVELOPE', 'MAIL FROM', 451],
    ['EENVELOPE', 'MAIL FROM', 552],
    ['ESOCKET', 'CONN', undefined],
  ])('%s at %s with %s needs no operator', (code, step, reply) => {
    expect(toSendError(failure(code, step, reply))).not.toBeInstanceOf(ChannelSettingsError);
  });

  it('an expired certificate needs an operator', () => {
    const expired = Object.assign(failure('ESOCKET', 'CONN'), { originalCode: 'CERT_HAS_EXPIRED' });
    expect(toSendError(expired)).toBeInstanceOf(ChannelSettingsError);
    expect(toSendError(expired).message).toBe('mail was not sent: ESOCKET CERT_HAS_EXPIRED at connect');
  });

  it('names the code of the cause, and the enhanced status of the reply', () => {
    const away = Object.assign(failure('ESOCKET', 'CONN'), { originalCode: 'ECONNREFUSED' });
    expect(toSendError(away).message).toBe('mail was not sent: ESOCKET ECONNREFUSED at connect');
    const unknown = { response: '550 5.1.1 <canary@example.com> no such user' };
    expect(toSendError(Object.assign(failure('EENVELOPE', 'RCPT TO', 550), unknown)).message).toBe(
      'mail was not sent: EENVELOPE 550 5.1.1 at RCPT TO',
    );
  });

  it('never reads text of the server as a code', () => {
    const odd = Object.assign(failure('canary@example.com', 'RCPT TO:<canary@example.com>', 550), {
      originalCode: 'canary',
      response: '550 canary@example.com',
    });
    expect(toSendError(odd).message).toBe('mail was not sent: unknown failure 550');
  });

  it('names the step and the code, and never repeats text of the server', () => {
    const error = toSendError(failure('EENVELOPE', 'RCPT TO', 550));
    expect(error.message).toBe('mail was not sent: EENVELOPE 550 at RCPT TO');
    expect(error.cause).toBeUndefined();
    expect(toSendError('odd').message).toBe('mail was not sent: unknown failure');
  });
});
