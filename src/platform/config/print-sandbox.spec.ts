import { describe, expect, it } from '@jest/globals';
import { printSandbox } from './print-sandbox.js';
import { readEnv } from './read-env.js';

const GATEWAYS = [{ name: 'plain' }, { name: 'asked', tokenInPath: true }];
const sandbox = {
  secrets: new Map([
    ['plain', 'first'],
    ['asked', 'token'],
  ]),
  apiKey: 'sandbox_key',
};

function printed(environment: Record<string, string>): string {
  let text = '';
  const env = readEnv({ environment, sandbox }, GATEWAYS);
  printSandbox(env, GATEWAYS, 'http://127.0.0.1:3000/', (part) => (text += part));
  return text;
}

describe('what the sandbox prints', () => {
  it('is where to send what', () => {
    expect(printed({}).split('\n').slice(3)).toEqual([
      '  plain      http://127.0.0.1:3000/webhooks/plain',
      '             secret first',
      '  asked      http://127.0.0.1:3000/webhooks/asked/token',
      '  API key    Authorization: Bearer sandbox_key',
      '',
      '',
    ]);
  });

  it('is never a key that somebody set, and nothing outside the sandbox', () => {
    expect(printed({ API_KEYS: 'sandbox:mine' })).not.toContain('mine');
    expect(printed({ WEBHOOK_SECRETS_PLAIN: 'real' })).toBe('');
  });
});
