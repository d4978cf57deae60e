import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { type ClassConstructor, Expose, plainToInstance, Transform, Type } from 'class-transformer';
import {
  IsArray,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  validateSync,
  ValidateNested,
  type ValidationError,
} from 'class-validator';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { type CompiledDto, compileDto, type Field, validateCompiled } from './compiled-dto.js';
import { removePropertyName } from './dto-message.js';
import { validateDto } from './validate-dto.js';
import type { ValidationIssue } from '../gateways/gateway.js';
import { IppopayAnswer } from '../gateways/ippopay/ippopay-answer.dto.js';
import { IppopayHint } from '../gateways/ippopay/ippopay-hint.dto.js';
import * as razorpay from '../gateways/razorpay/razorpay-event.dto.js';
import { EVENT_DTOS } from '../gateways/standard/standard-event.dto.js';
import * as stripe from '../gateways/stripe/stripe-event.dto.js';

const DTOS: Record<string, ClassConstructor<object>> = {
  IppopayAnswer,
  IppopayHint,
  RazorpayPaymentEvent: razorpay.RazorpayPaymentEvent,
  RazorpayRefundEvent: razorpay.RazorpayRefundEvent,
  RazorpayDisputeEvent: razorpay.RazorpayDisputeEvent,
  PaymentIntentEvent: stripe.PaymentIntentEvent,
  ChargeEvent: stripe.ChargeEvent,
  RefundEvent: stripe.RefundEvent,
  DisputeEvent: stripe.DisputeEvent,
  CheckoutSessionEvent: stripe.CheckoutSessionEvent,
  ...EVENT_DTOS,
};

/** What class-validator alone makes of it. */
function byTheLibraries(dtoClass: ClassConstructor<object>, body: object): object | null {
  const dto = plainToInstance(dtoClass, body);
  return validateSync(dto, { forbidUnknownValues: false, whitelist: true }).length > 0 ? null : dto;
}

const LEAVES: readonly unknown[] = [
  ...['', 'a', 'USD', 'usd', 'pi_1', '10.50', '2026-11-24T10:00:00Z', 'succeeded', '\0', '\ud800'],
  ...[0, 1, -1, 1.5, 1e21, 1_764_000_000, 2 ** 53, true, false, null, undefined],
  ...[{}, [], { id: 'ch_1' }, { id: 5 }, [{}], [null]],
];

/** A body shaped like what the class declares, anything at all where a value stands, and fields that nobody declared. */
function bodyLike({ fields }: CompiledDto): fc.Arbitrary<object> {
  const leaf = fc.constantFrom(...LEAVES);
  const parts = fields.map(
    ({ name, nested }) =>
      [name, nested ? fc.oneof({ weight: 8, arbitrary: bodyLike(nested) }, leaf) : leaf] as const,
  );
  return fc.record({ ...Object.fromEntries(parts), refund: leaf, surplus: leaf }, { requiredKeys: [] });
}

const compiled = (dtoClass: ClassConstructor<object>): CompiledDto => {
  const known = compileDto(dtoClass);
  if (known === null) throw new Error(`${dtoClass.name} is not compiled`);
  return known;
};

describe.each(Object.entries(DTOS))('%s', (_, dtoClass) => {
  it('is read as class-transformer and class-validator would', () => {
    fc.assert(
      fc.property(bodyLike(compiled(dtoClass)), (body) => {
        const expected = byTheLibraries(dtoClass, body);
        const read = validateCompiled(compiled(dtoClass), body);
        expect(JSON.stringify(read)).toBe(JSON.stringify(expected && inOrder(dtoClass, expected)));
      }),
      { numRuns: 300 },
    );
  });
});

describe('sound bodies, of which random ones have few', () => {
  const FIXTURES: readonly [string, ClassConstructor<object>][] = [
    ['razorpay/payment.captured', razorpay.RazorpayPaymentEvent],
    ['razorpay/refund.processed', razorpay.RazorpayRefundEvent],
    ['razorpay/payment.dispute.created', razorpay.RazorpayDisputeEvent],
    ['standard/payment.updated', EVENT_DTOS['payment.updated']],
    ['stripe/2026-10-28.payment_intent.succeeded', stripe.PaymentIntentEvent],
    ['stripe/2026-10-28.charge.refunded', stripe.ChargeEvent],
    ['stripe/2026-10-28.refund.created', stripe.RefundEvent],
    ['stripe/2026-10-28.charge.dispute.closed', stripe.DisputeEvent],
    ['stripe/2026-10-28.checkout.session.completed', stripe.CheckoutSessionEvent],
  ];

  it.each(FIXTURES)('%s, with one value after the other replaced', (name, dtoClass) => {
    const body = JSON.parse(readFileSync(`test/fixtures/${name}.json`, 'utf8')) as object;
    expect(validateCompiled(compiled(dtoClass), body)).not.toBeNull();
    const paths = pathsOf(compiled(dtoClass));
    for (const path of paths)
      for (const value of LEAVES) {
        const changed = replaced(body, path, value);
        const expected = byTheLibraries(dtoClass, changed);
        const read = validateCompiled(compiled(dtoClass), changed);
        expect([path, value, read === null]).toEqual([path, value, expected === null]);
      }
  });
});

describe('a list of nested objects', () => {
  class Part {
    @IsString() name!: string;
  }
  class WithList {
    @IsArray() @ValidateNested({ each: true }) @Type(() => Part) parts!: Part[];
  }

  it('is compiled, and read as the libraries would', () => {
    expect(compileDto(WithList)).not.toBeNull();
    expect(validateDto(WithList, { parts: [{ name: 'a', more: 1 }], more: 1 })).toEqual({
      dto: { parts: [{ name: 'a' }] },
    });
    expect(validateDto(WithList, { parts: [{ name: 'a' }, { name: 1 }, 2] })).toEqual({
      issues: [
        { path: 'parts.1.name', message: 'must be a string' },
        { path: 'parts.2', message: 'must be an object' },
      ],
    });
    expect(validateDto(WithList, { parts: {} })).toMatchObject({ issues: [{ path: 'parts' }] });
  });
});

describe('faults', () => {
  const FAULTY = Object.entries(DTOS).map(([name, dtoClass]) => [name, dtoClass] as const);

  it.each(FAULTY)('of %s are those of the libraries, in their words', (_, dtoClass) => {
    const known = compiled(dtoClass);
    fc.assert(
      fc.property(bodyLike(known), (body) => {
        const dto = plainToInstance(dtoClass, body);
        const errors = validateSync(dto, { forbidUnknownValues: false, whitelist: true });
        const read = validateDto(dtoClass, body);
        expect(sorted('issues' in read ? read.issues : [])).toEqual(sorted(told(errors)));
      }),
      { numRuns: 300 },
    );
  });

  it('are at most 100, and how many more', () => {
    class Item {
      @IsString() name!: string;
    }
    class Many {
      @IsArray() @ValidateNested({ each: true }) @Type(() => Item) items!: Item[];
    }
    const read = validateDto(Many, { items: Array.from({ length: 5_000 }, () => ({ name: 1 })) });
    expect(read).toMatchObject({ more: 4_900 });
    expect(read).toHaveProperty('issues.length', 100);
  });

  it('an array where one object is wanted is one fault, however long', () => {
    const read = validateDto(EVENT_DTOS['payment.updated'], {
      data: { customer: Array.from({ length: 10_000 }, () => 1) },
    });
    expect('issues' in read && read.issues.filter(({ path }) => path.startsWith('data.customer'))).toEqual([
      { path: 'data.customer', message: 'must be an object' },
    ]);
  });
});

/** One fault a path in class-validator's words; what it says of items in arrays at an object's place is left out. */
function told(errors: readonly ValidationError[], parent = ''): ValidationIssue[] {
  return errors.flatMap(({ property, constraints = {}, children = [], value }) => {
    const path = parent === '' ? property : `${parent}.${property}`;
    const [message] = Object.values(constraints);
    const own = message === undefined ? [] : [{ path, message: removePropertyName(message, property) }];
    return [...own, ...(Array.isArray(value) ? [] : told(children, path))];
  });
}

const sorted = (faults: readonly ValidationIssue[]): ValidationIssue[] =>
  [...faults].sort((a, b) => (a.path < b.path ? -1 : 1));

describe('what is not compiled', () => {
  class Renamed {
    @Expose({ name: 'a' }) @IsInt() b!: number;
  }
  class Changed {
    @Transform(({ value }) => Number(value)) @IsInt() count!: number;
  }
  class WithinItself {
    @IsOptional() @IsObject() @ValidateNested() @Type(() => WithinItself) inner?: WithinItself;
  }

  it.each<[ClassConstructor<object>, object, object]>([
    [Renamed, { a: 5, more: 1 }, { b: 5 }],
    [Changed, { count: '5', more: 1 }, { count: 5 }],
    [WithinItself, { inner: { inner: {} }, more: 1 }, { inner: { inner: {} } }],
  ])('%p is left to the libraries, without what it does not declare', (dtoClass, body, dto) => {
    expect(compileDto(dtoClass)).toBeNull();
    expect(validateDto(dtoClass, body)).toEqual({ dto });
  });
});

it('gives a translator nothing that was not validated', () => {
  const body = JSON.parse(readFileSync('test/fixtures/razorpay/payment.failed.json', 'utf8')) as {
    payload: object;
  };
  const reading = validateDto(razorpay.RazorpayPaymentEvent, {
    ...body,
    payload: { ...body.payload, refund: 1e21 },
  });
  expect(reading).toHaveProperty('dto.payload.payment');
  expect(reading).not.toHaveProperty('dto.payload.refund');
});

/** The libraries keep the order of the body, we that of the class. */
function inOrder(dtoClass: ClassConstructor<object>, dto: object): object {
  return (
    validateCompiled({ ...compiled(dtoClass), fields: compiled(dtoClass).fields.map(unchecked) }, dto) ?? {}
  );
}

const unchecked = (field: Field): Field => ({
  ...field,
  conditions: [],
  checks: [],
  nested: field.nested && { ...field.nested, fields: field.nested.fields.map(unchecked) },
});

function pathsOf({ fields }: CompiledDto): string[][] {
  return fields.flatMap(({ name, nested }) => [
    [name],
    ...(nested ? pathsOf(nested).map((path) => [name, ...path]) : []),
  ]);
}

function replaced(body: object, [field = '', ...rest]: readonly string[], value: unknown): object {
  const inner = (body as Record<string, unknown>)[field];
  const isInside = rest.length > 0 && typeof inner === 'object' && inner !== null;
  return { ...body, [field]: isInside ? replaced(inner, rest, value) : rest.length > 0 ? inner : value };
}
