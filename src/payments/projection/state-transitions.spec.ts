import { describe, expect, it } from '@jest/globals';
import type { ReportKind } from '../report/payment-report.js';
import { nextState, outcomeOf, type Outcome, type PaymentState } from './state-transitions.js';

const STATES: PaymentState[] = [
  'created',
  'requires_action',
  'processing',
  'authorized',
  'succeeded',
  'failed',
  'canceled',
];

/** The outcome of each kind in each state, in the order of STATES: a = applied, s = superseded, r = refused. */
const TABLE: [ReportKind, string][] = [
  ['created', 'sssssss'],
  ['requires_action', 'aaassas'],
  ['processing', 'aaassas'],
  ['failed', 'aaaarar'],
  ['authorized', 'aaaasar'],
  ['canceled', 'aaaaraa'],
  ['succeeded', 'aaaaaaa'],
  ['refund_created', 'aaaaaaa'],
  ['refund_failed', 'aaaaaaa'],
  ['dispute_opened', 'aaaaaaa'],
  ['noted', 'aaaaaaa'],
];
const OUTCOMES: Record<string, Outcome> = { a: 'applied', s: 'superseded', r: 'refused' };

describe('the status table', () => {
  it.each(TABLE)('%s, seen from every state', (kind, row) => {
    expect(STATES.map((state) => outcomeOf(kind, state))).toEqual([...row].map((letter) => OUTCOMES[letter]));
  });

  it.each(TABLE)('%s may be the first', (kind) => {
    expect(outcomeOf(kind, null)).toBe('applied');
  });

  it('lets money and notes leave the state where it was', () => {
    expect(nextState('refund_created', 'succeeded')).toBe('succeeded');
    expect(nextState('noted', null)).toBe('created');
    expect(nextState('authorized', 'failed')).toBe('authorized');
  });
});
