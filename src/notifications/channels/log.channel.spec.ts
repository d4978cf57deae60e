import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { LogChannel } from './log.channel.js';

describe('the log channel', () => {
  const lines: string[] = [];
  const keep = (message: unknown): void => void lines.push(String(message));
  afterEach(() => void Logger.overrideLogger(['log', 'warn', 'error']));

  it('sends nothing and logs only the id', async () => {
    Logger.overrideLogger({ log: keep, warn: keep, error: keep });
    const rendered = { subject: 'canary-subject', text: 'canary-text', html: 'canary-html', locale: 'en' };
    const outcome = await new LogChannel().send({ id: 'n-1', to: 'canary@example.com', rendered });
    expect(outcome).toEqual({ status: 'suppressed', reason: 'smtp_not_configured' });
    expect(lines.join('\n')).toContain('n-1');
    expect(lines.join('\n')).not.toContain('canary');
  });
});
