import type { StandardStatus } from '../../src/webhooks/gateways/standard/standard.kinds.js';
import { standardSimulator } from '../../src/webhooks/gateways/standard/standard.simulator.js';
import { sendRequest } from '../../src/simulator/sender.js';
import { SECRETS } from './test-app.js';

/** What differs from a plain telling of a payment of 100.00 USD. */
export interface Telling {
  payment: string;
  order?: string;
  attempt?: string;
  /** In seconds after the sender's start; without one, a second after the telling before. */
  at?: number;
  /** The `webhook-id`; without one, a new one. */
  id?: string;
  code?: string;
  refunded?: string;
  customer?: Partial<Record<'id' | 'email' | 'phone' | 'name' | 'locale', string>> | null;
}

/** A shop's own payment service: tells what happens to its payments, signed, in the `standard` format. */
export class StandardSender {
  private clock = 0;

  constructor(
    private readonly url: string,
    /** When second 0 is: a minute ago, so that what is told is neither stale nor ahead of its time. */
    readonly start = new Date(Date.now() - 60_000),
  ) {}

  /** Sends one message and answers the delivery's id. Throws when it is not taken. */
  async tell(status: StandardStatus, told: Telling): Promise<string> {
    this.clock = told.at ?? this.clock + 1;
    const id = told.id ?? `msg_${told.payment}_${status}_${this.clock}_${told.attempt ?? ''}`;
    const body = Buffer.from(JSON.stringify(this.body(status, told)));
    const request = standardSimulator.sign(body, { secret: SECRETS.standard, now: new Date(), eventId: id });
    const answer = await sendRequest(this.url, request);
    if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${answer.body}`);
    return (JSON.parse(answer.body) as { id: string }).id;
  }

  private body(status: StandardStatus, told: Telling): object {
    const { payment, order = `ord_${payment}`, attempt, code, refunded, customer } = told;
    return {
      event: 'payment.updated',
      timestamp: new Date(this.start.getTime() + this.clock * 1_000).toISOString(),
      data: {
        paymentId: payment,
        status,
        amount: 100,
        currency: 'USD',
        orderId: order,
        ...(attempt !== undefined && { attemptId: attempt }),
        ...(status === 'failed' && {
          failure: { code: code ?? 'insufficient_funds', message: 'Do not show me' },
        }),
        ...(refunded !== undefined && { refundedAmount: refunded }),
        customer: customer === undefined ? { email: `${payment}@example.com`, name: 'Asha Rao' } : customer,
      },
    };
  }
}
