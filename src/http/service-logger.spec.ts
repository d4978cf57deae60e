import { describe, expect, it } from '@jest/globals';
import { ServiceLogger } from './service-logger.js';

function logged(log: (logger: ServiceLogger) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const logger = new ServiceLogger({ write: (line) => void lines.push(line) });
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
