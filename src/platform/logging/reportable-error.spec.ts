import { describe, expect, it } from '@jest/globals';
import { describeError } from './describe-error.js';
import { ReportableError } from './reportable-error.js';

class OutOfStampsError extends ReportableError {}

class RenamedError extends ReportableError {
  override readonly name = 'NameThatOperatorsKnowError';
}

describe('an error for operators', () => {
  it('is shown by its class name and its message', () => {
    expect(describeError(new OutOfStampsError('no stamps are left'))).toBe(
      'OutOfStampsError: no stamps are left',
    );
  });

  it('is shown by the name that it sets, so that a class may be renamed', () => {
    expect(describeError(new RenamedError('no stamps are left'))).toBe(
      'NameThatOperatorsKnowError: no stamps are left',
    );
  });

  it('keeps its cause', () => {
    const cause = new RangeError('asha@example.com');
    expect(describeError(new OutOfStampsError('no stamps are left', { cause }))).toBe(
      'OutOfStampsError: no stamps are left (RangeError)',
    );
  });

  it('may be its own cause', () => {
    const error = new OutOfStampsError('no stamps are left');
    error.cause = error;
    expect(describeError(error)).toMatch(/^(?:OutOfStampsError: no stamps are left(?: \(|\)+$)){6}$/);
  });
});
