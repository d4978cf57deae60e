import { IsIn, IsISO8601, IsNumberString, IsOptional, IsString, Length } from 'class-validator';
import { bareReport, type PaymentReport, type ReportKind } from '../../src/payments/index.js';
import { fieldOf } from '../../src/webhooks/gateways/fields/wire-fields.js';
import {
  type Gateway,
  type HmacProof,
  type Identity,
  type ListedObject,
  type ListOutcome,
  type ListRequest,
  type PaymentQuestion,
  type Translation,
  type VerifiedMessage,
} from '../../src/webhooks/gateways/index.js';
import { hmacSha256, sha256Hex } from '../../src/webhooks/gateways/signature.js';

const STATES = {
  paid: 'succeeded',
  declined: 'failed',
  pending: 'processing',
  refunding: 'refund_created',
  refunded: 'refund_succeeded',
} as const satisfies Record<string, ReportKind>;

/** One object, and one event: an event is the object when it happened. */
export interface ListedThing {
  what: 'payments' | 'refunds';
  id: string;
  payment: string;
  state: keyof typeof STATES;
  /** When it reached its state. */
  at: string;
  cents: string;
  currency?: string;
  order?: string;
  buyer?: string;
}

class ListedDto {
  @IsString() @Length(1, 255) id!: string;
  @IsString() @Length(1, 255) payment!: string;
  @IsIn(Object.keys(STATES)) state!: ListedThing['state'];
  @IsISO8601() at!: string;
  @IsNumberString({ no_symbols: true }) cents!: string;
  @IsOptional() @IsString() currency?: string;
  @IsOptional() @IsString() order?: string;
  @IsOptional() @IsString() buyer?: string;
}

export type Request = { list: ListRequest } | { question: PaymentQuestion };

/** A gateway whose lists are what a test says. Webhooks are signed; objects are stored only by `hold`. */
export class ListedGateway implements Gateway {
  readonly name: string = 'listed';
  readonly proof: HmacProof = { by: 'hmac', at: { header: 'x-signature' }, encoding: 'hex' };
  readonly settings = { KEY: { kind: 'text', secret: true } } as const;
  readonly neededToAsk = ['KEY'];
  readonly listable: readonly string[] = ['payments', 'refunds'];
  /** What the gateway holds. */
  readonly things: ListedThing[] = [];
  /** Every request, in order. */
  readonly requests: Request[] = [];
  pageSize = 2;
  /** Answers in place of the lists; undefined lets the request through. */
  answer: (request: Request, number: number) => ListOutcome | Promise<ListOutcome> | undefined = () =>
    undefined;

  hold(...things: ListedThing[]): void {
    for (const thing of things) {
      const at = this.things.findIndex(({ what, id }) => what === thing.what && id === thing.id);
      if (at === -1) this.things.push(thing);
      else this.things[at] = thing;
    }
  }

  identify({ raw, body, provenance }: VerifiedMessage): Identity {
    const id = fieldOf(body, 'id');
    const key = `${provenance === 'received' ? '' : 'object:'}${sha256Hex(raw)}`;
    const eventId = typeof id === 'string' ? `${id}:${String(fieldOf(body, 'state'))}` : null;
    return { key, eventId, type: String(fieldOf(body, 'state')), issues: [] };
  }

  dtoFor(): typeof ListedDto {
    return ListedDto;
  }

  translate(dto: object, { mode }: VerifiedMessage): Translation {
    return { kind: 'reports', reports: [reportOf(dto as ListedDto, mode)] };
  }

  async list(request: ListRequest): Promise<ListOutcome> {
    return (await this.intercept({ list: request })) ?? this.page(request);
  }

  async askPayment(question: PaymentQuestion): Promise<ListOutcome> {
    const other = await this.intercept({ question });
    if (other) return other;
    const { gatewayPaymentId } = question;
    const found = this.things.filter(({ payment }) => payment === gatewayPaymentId);
    return { kind: 'page', items: found.map(toListed), next: null };
  }

  private async intercept(request: Request): Promise<ListOutcome | undefined> {
    this.requests.push(request);
    return this.answer(request, this.requests.length);
  }

  private page({ what, since, until, cursor }: ListRequest): ListOutcome {
    const all = this.things.filter(
      (thing) => thing.what === what && thing.at >= since.toISOString() && thing.at < until.toISOString(),
    );
    const from = Number(cursor ?? '0');
    const items = all.slice(from, from + this.pageSize).map(toListed);
    const next = from + this.pageSize < all.length ? String(from + this.pageSize) : null;
    return { kind: 'page', items, next };
  }
}

/** As {@link ListedGateway}, without lists: its orders are asked one by one. */
export class OrdersOnlyGateway extends ListedGateway {
  override readonly name = 'ordered';
  override readonly listable = [];
  readonly knownOrdersOnly = true;

  override async askPayment(question: PaymentQuestion): Promise<ListOutcome> {
    if (question.gatewayOrderId === null) return super.askPayment(question);
    this.requests.push({ question });
    const found = this.things.filter(({ order }) => order === question.gatewayOrderId);
    return { kind: 'page', items: found.map(toListed), next: null };
  }
}

export const toListed = (thing: ListedThing): ListedObject => ({
  what: thing.what,
  id: thing.id,
  gatewayPaymentId: thing.payment,
  raw: Buffer.from(JSON.stringify(thing)),
});

function reportOf(thing: ListedDto, mode: PaymentReport['mode']): PaymentReport {
  const kind = STATES[thing.state];
  const isRefund = kind === 'refund_created' || kind === 'refund_succeeded';
  const currency = thing.currency ?? 'EUR';
  return bareReport({
    gatewayPaymentId: thing.payment,
    kind,
    type: thing.state,
    occurredAt: new Date(thing.at),
    mode,
    currency,
    gatewayOrderId: thing.order ?? null,
    ...(isRefund
      ? {
          refunds: [
            {
              id: thing.id,
              amount: thing.cents,
              status: kind === 'refund_created' ? 'pending' : 'succeeded',
              createdAt: new Date(thing.at),
            },
          ],
        }
      : { amount: thing.cents }),
    customer: thing.buyer ? { id: null, email: thing.buyer, phone: null, name: null, locale: null } : null,
  });
}

/** The webhook of one thing. */
export function listedRequest(secret: string, thing: ListedThing): RequestInit {
  const body = Buffer.from(JSON.stringify(thing));
  return {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'x-signature': hmacSha256(secret, body).toString('hex') },
  };
}
