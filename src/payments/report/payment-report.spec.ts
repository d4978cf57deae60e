import { describe, expect, it } from '@jest/globals';
import { report } from '../../../test/builders/report.builder.js';
import { withoutPersonalData } from './payment-report.js';

describe('withoutPersonalData', () => {
  it('keeps amounts, codes and the order, and removes the customer and the failure message', () => {
    const customer = { id: null, email: 'asha@shop.example', phone: null, name: null, locale: null };
    const failure = { code: 'card_declined', message: 'Asha has no money', attemptId: 'ch_1' };
    const reported = report('failed', 1, { customer, failure });
    expect(withoutPersonalData(reported)).toEqual({
      ...reported,
      customer: null,
      failure: { ...failure, message: null },
    });
  });
});
