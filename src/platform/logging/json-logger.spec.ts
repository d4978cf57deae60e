import { describe, expect, it } from '@jest/globals';
import { LogLine } from './log-line.js';
import { JsonLogger } from './json-logger.js';

function logged(log: (logger: JsonLogger) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const logger = new JsonLogger({ write: (line) => void lines.push(line) });
  logger.setLevel('trace');
  log(logger);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  it('is JSON, with level, time, context and what was said', () => {
    const [line] = logged((logger) => logger.warn('a connection was lost', 'Database'));
    expect(line).toMatchObject({ level: 'warn', context: 'Database', msg: 'a connection was lost' });
    expect(line?.time).toEqual(expect.any(String));
  });

  it.each(['log', 'error', 'warn', 'debug', 'verbose', 'fatal'] as const)(
    'has nothing in it at %s that the redactor knows',
    (level) => {
      const said = logged((logger) =>
        logger[level](
          'asha@example.com at postgres://u:p@db',
          { name: 'Asha' },
          'Context of asha@example.com',
        ),
      );
      expect(said).toMatchObject([{ msg: '*** at postgres://***@db', context: 'Context of ***' }]);
      expect(JSON.stringify(said)).not.toMatch(/asha/i);
    },
  );

  it('names an error by its class, and writes none of its words', () => {
    const [line] = logged((logger) => logger.error(new TypeError('Asha Rao'), 'a stack of Asha', 'Http'));
    expect(line).toMatchObject({ msg: 'TypeError', context: 'Http' });
    expect(JSON.stringify(line)).not.toContain('Asha');
  });

  it('has no line without end', () => {
    const [line] = logged((logger) => logger.log('x'.repeat(1_000_000)));
    expect(String(line?.msg).length).toBe(4_000);
  });
});

describe('a line with fields', () => {
  const fields = {
    deliveryId: '01939012-4242-7424-8242-424242424242',
    account: 'asha@example.com',
    gateways: ['stripe/default', 'whsec_abcdef0123456789'],
    attempts: 12,
    path: undefined,
    reason: 'x'.repeat(1_000),
  };

  it('has them beside its sentence: ids whole, and nothing that the redactor knows', () => {
    const [line] = logged((logger) => logger.warn(new LogLine('for asha@example.com', fields), 'Inbox'));
    expect(line).toMatchObject({
      level: 'warn',
      context: 'Inbox',
      msg: 'for ***',
      deliveryId: fields.deliveryId,
      account: '***',
      gateways: ['stripe/default', 'whsec_***'],
      attempts: 12,
    });
    expect(String(line?.reason)).toHaveLength(300);
    expect(line).not.toHaveProperty('path');
  });

  it('is the only object that is written', () => {
    const [line] = logged((logger) => logger.warn({ sentence: 'x', fields: { name: 'Asha' } }));
    expect(JSON.stringify(line)).not.toContain('Asha');
  });
});
