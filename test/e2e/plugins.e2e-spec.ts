import { createHmac } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startBuiltService } from '../support/built-service.js';
import { HttpReceiver } from '../support/http-receiver.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { createTestDatabase } from '../support/test-database.js';

/** As somebody writes it who has the service and no source of it: the folder has neither package.json nor node_modules. */
const ACME = `
  import { IsString } from 'class-validator';
  import { appendFileSync } from 'node:fs';
  import { OnDomainEvent, PaymentFailed } from 'payhook';
  import { bareReport } from 'payhook/gateway';

  class AcmeEvent {}
  for (const field of ['payment', 'at', 'mail']) IsString()(AcmeEvent.prototype, field);

  const gateway = {
    name: 'acme',
    settings: { REGION: { kind: 'text' } },
    proof: { by: 'hmac', at: { header: 'acme-signature' } },
    identify: ({ body }) => ({ key: body.id, eventId: body.id, type: 'failed', issues: [] }),
    dtoFor: () => AcmeEvent,
    translate: ({ payment, at, mail }, { mode }) => ({
      kind: 'reports',
      reports: [bareReport({
        gatewayPaymentId: payment, kind: 'failed', type: 'failed', occurredAt: new Date(at), mode, currency: 'EUR',
        amount: '100', customer: { id: null, email: mail, phone: null, name: null, locale: null },
      })],
    }),
  };

  class NoteFailureHandler {
    async handle({ payload }) {
      appendFileSync('failures.txt', payload.gatewayPaymentId);
    }
  }
  OnDomainEvent(PaymentFailed, 'note-failure-on-payment-failed')(NoteFailureHandler);

  const channel = {
    name: 'pigeon',
    addressOf: ({ email }) => email,
    async send() {
      return { status: 'sent', reference: 'ring-1' };
    },
  };
  export default { gateways: [gateway], handlers: [NoteFailureHandler], channels: [channel] };`;

const PROJECT = resolve(import.meta.dirname, '../..');

/** A start of the built service takes seconds on a busy machine. */
const TIMEOUT_MS = 60_000;
const SECRET = 'acme-secret-0123456789-0123456789';

let folder: string;
const opened: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'payhook-plugin-'));
  await writeFile(join(folder, 'acme.js'), ACME);
});
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
  await rm(folder, { recursive: true, force: true });
});

async function start(plugins: string, settings: Record<string, string> = {}) {
  const database = await createTestDatabase();
  opened.push(() => database.drop());
  const environment = {
    DATABASE_URL: database.url,
    PAYHOOK_PLUGINS: plugins,
    WEBHOOK_SECRETS_ACME: SECRET,
    ...settings,
  };
  const service = await startBuiltService({ ALERT_SETTLE_SECONDS: '0', ...environment }, folder);
  opened.push(() => service.stop());
  return service;
}

async function send(url: string, more: object = {}): Promise<[status: number, answer: unknown]> {
  const at = new Date().toISOString();
  const body = JSON.stringify({ id: 'e_1', payment: 'p_1', at, mail: 'a@b.example', ...more });
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  const headers = { 'content-type': 'application/json', 'acme-signature': signature };
  const answer = await fetch(`${url}/webhooks/acme`, { method: 'POST', body, headers });
  return [answer.status, await answer.json()];
}

describe('a plug-in file', () => {
  it(
    'adds a gateway with its settings, a handler and a channel, without a change to the sources',
    async () => {
      const service = await start('./acme.js', { ACME_REGION: 'eu' });
      expect(await send(service.url)).toMatchObject([200, { status: 'accepted' }]);
      await service.quiet();
      expect(await service.get('/payments?gateway=acme')).toMatchObject({
        items: [{ gatewayPaymentId: 'p_1', state: 'failed' }],
      });
      expect(await service.get('/notifications')).toMatchObject({
        items: [{ channel: 'pigeon', status: 'sent' }],
      });
      expect(await readFile(join(folder, 'failures.txt'), 'utf8')).toBe('p_1');
    },
    TIMEOUT_MS,
  );
});

describe('a channel of a plug-in', () => {
  it(
    'tells beside mail and HTTP where all three are named',
    async () => {
      const secret = `whsec_${Buffer.from('a-secret-of-twenty-four-b').toString('base64')}`;
      const [mail, receiver] = [await MailCatcher.start(), await HttpReceiver.start(secret)];
      opened.push(() => Promise.all([mail.stop(), receiver.stop()]));
      const service = await start('./acme.js', {
        ...{ ACME_REGION: 'eu', MESSAGE_CHANNELS: 'mail,http,pigeon' },
        ...{ SMTP_URL: mail.url, MAIL_FROM: 'Shop <pay@shop.example>' },
        ...{ HTTP_CHANNEL_URL: receiver.url, HTTP_CHANNEL_SECRET: secret },
      });
      await send(service.url);
      await service.quiet();
      const { items } = await service.get<{ items: { channel: string; status: string }[] }>('/notifications');
      expect(items.map(({ channel, status }) => `${channel} ${status}`).sort()).toEqual([
        'email sent',
        'http sent',
        'pigeon sent',
      ]);
      expect([mail.mails.length, receiver.messages.length]).toEqual([1, 1]);
    },
    TIMEOUT_MS,
  );
});

describe('a plug-in with packages of its own', () => {
  it(
    "is read by the decorators of Payhook's copies",
    async () => {
      for (const name of ['class-transformer', 'class-validator', 'libphonenumber-js', 'validator'])
        await cp(join(PROJECT, 'node_modules', name), join(folder, 'node_modules', name), {
          recursive: true,
        });
      const NESTED = ACME.replace('class AcmeEvent {}', 'class Payer {}\nclass AcmeEvent {}').replace(
        'const gateway =',
        `IsString()(Payer.prototype, 'name');
         for (const decorate of [ValidateNested(), Type(() => Payer)]) decorate(AcmeEvent.prototype, 'payer');
         const gateway =`,
      );
      const imports = `import { Type } from 'class-transformer';\nimport { ValidateNested } from 'class-validator';\n`;
      await writeFile(join(folder, 'acme.js'), imports + NESTED);
      const service = await start('./acme.js', { ACME_REGION: 'eu' });
      const answer = await send(service.url, { payer: { name: 1 } });
      expect(answer).toMatchObject([200, { status: 'parked' }]);
      expect(await send(service.url, { id: 'e_2', payer: { name: 'Asha' } })).toMatchObject([
        200,
        { status: 'accepted' },
      ]);
    },
    TIMEOUT_MS,
  );
});

describe('a start with a plug-in that cannot be used', () => {
  it(
    'is refused with a sentence for each fault',
    async () => {
      await writeFile(join(folder, 'nothing.js'), 'export const gateway = {};');
      await writeFile(join(folder, 'broken.js'), 'export default {');
      await writeFile(
        join(folder, 'taken.js'),
        `export default { gateways: [{ name: 'stripe' }, { name: 'A-1' }] };`,
      );
      await writeFile(
        join(folder, 'shapes.js'),
        'export default { handlers: [class Lost {}], channels: [{}, { name: "http", addressOf: null, send() {} }] };',
      );
      const names = ['./gone.js', '@team/none', './nothing.js', './broken.js', './taken.js', './shapes.js'];
      const failed = start(names.join(','));
      for (const sentence of [
        './gone.js is no file that can be read',
        "@team/none could not be loaded: Cannot find package '@team/none'",
        './nothing.js must have a default export with one or more of gateways, channels, handlers',
        './broken.js could not be loaded: Unexpected end of input',
        'the gateway "stripe" must have identify(), dtoFor(), translate()',
        'the gateway name "stripe" is taken',
        'the gateway "A-1" must have a name of at most 31 lower-case letters',
        'the handler Lost must be a class with @OnDomainEvent',
        'the channel without a name must have addressOf(), send()',
        'the channel name "http" is taken',
      ])
        await expect(failed).rejects.toThrow(sentence);
    },
    TIMEOUT_MS,
  );

  it(
    'is refused where the variable is no list, or a setting is none of the plug-in’s',
    async () => {
      await expect(start('./acme.js,,')).rejects.toThrow(
        'PAYHOOK_PLUGINS must be comma-separated files or packages',
      );
      await expect(start('./acme.js', { ACME_REGIO: 'eu' })).rejects.toThrow(
        'ACME_REGIO names no setting of acme: those are ACME_REGION',
      );
    },
    TIMEOUT_MS,
  );
});
