import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import {
  ACCOUNT,
  COUNT,
  DATE_TIME,
  GATEWAY,
  maskCardNumbers,
  orNull,
  pageViewOf,
  textOrNull,
  UUID,
} from '../../feature.js';
import { DISPATCH_STATUSES, type Dispatch, type DispatchStatus } from '../dispatch.entity.js';
import type { SubscriptionFilter } from '../rules/topics.js';
import {
  STATUS_REASONS,
  SUBSCRIPTION_STATUSES,
  type StatusReason,
  type Subscription,
  type SubscriptionStatus,
} from '../subscription.entity.js';
import {
  DEFAULTS,
  MAX_DESCRIPTION_LENGTH,
  MAX_IN_FLIGHT,
  MAX_PER_SECOND,
  MAX_TOPICS,
  MAX_URL_LENGTH,
} from './subscription-body.js';

/* What the API takes and shows of subscriptions. */

const URL_MEMBER = {
  maxLength: MAX_URL_LENGTH,
  description: 'https, without user and password; http only in `SUBSCRIPTION_NETWORKS`',
  example: 'https://members.example/payhook',
} as const;
const TOPICS: ApiPropertyOptions = {
  type: [String],
  minItems: 1,
  maxItems: MAX_TOPICS,
  description: 'Names of events, all events of a subject (`payment.*`), or all (`*`)',
  example: ['payment.*', 'order.paid'],
};
const MAX_IN_FLIGHT_MEMBER = {
  type: 'integer',
  minimum: 1,
  maximum: MAX_IN_FLIGHT,
  default: DEFAULTS.maxInFlight,
} as const;
const PER_SECOND_MEMBER = {
  type: 'integer',
  minimum: 1,
  maximum: MAX_PER_SECOND,
  default: DEFAULTS.ratePerSecond,
} as const;
const ORDERED =
  'An event waits until the earlier one of the same payment, order or account is delivered or dead';
const INCLUDE_CUSTOMER = '`data.customer` is read when the event is sent, and never stored with it';
const SECRET = {
  description: 'Signs what is sent (Standard Webhooks). It is shown once',
  example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
} as const;

export class SubscriptionFilterBody {
  @ApiPropertyOptional(orNull(GATEWAY)) gateway?: string | null;
  @ApiPropertyOptional(orNull(ACCOUNT)) account?: string | null;
  @ApiPropertyOptional({ enum: ['live', 'test'], default: 'live' }) mode?: 'live' | 'test';
  @ApiPropertyOptional(textOrNull('acct_1', 'Where one endpoint serves several merchants')) merchant?:
    string | null;
}

/** What may be changed. What is left out stays, and `null` means none where it is allowed. */
export class SubscriptionChangeBody {
  @ApiPropertyOptional(URL_MEMBER) url?: string;
  @ApiPropertyOptional(TOPICS) topics?: string[];
  @ApiPropertyOptional({ type: SubscriptionFilterBody, nullable: true })
  filter?: SubscriptionFilterBody | null;
  @ApiPropertyOptional({ type: Boolean, default: false, description: ORDERED }) ordered?: boolean;
  @ApiPropertyOptional({ type: Boolean, default: false, description: INCLUDE_CUSTOMER })
  includeCustomer?: boolean;
  @ApiPropertyOptional({ ...MAX_IN_FLIGHT_MEMBER, description: 'Requests under way at a time' })
  maxInFlight?: number;
  @ApiPropertyOptional({ ...PER_SECOND_MEMBER, description: 'Requests in any second' })
  ratePerSecond?: number;
  @ApiPropertyOptional({ ...textOrNull('The members of the club'), maxLength: MAX_DESCRIPTION_LENGTH })
  description?: string | null;
}

export class RotationBody {
  @ApiPropertyOptional({ ...SECRET, description: 'Left out, a secret is made' }) secret?: string;
}

export class SubscriptionBody extends SubscriptionChangeBody {
  @ApiProperty(URL_MEMBER) declare url: string;
  @ApiProperty(TOPICS) declare topics: string[];
  @ApiPropertyOptional({ ...SECRET, description: 'Left out, a secret is made' }) secret?: string;
}

export class RedeliverBody {
  @ApiPropertyOptional({ ...DATE_TIME, description: 'All events that were stored since' }) since?: string;
  @ApiPropertyOptional({ ...UUID, description: 'This event' }) eventId?: string;
  @ApiPropertyOptional({ enum: [true], description: 'All dispatches that are dead' }) failed?: true;
}

export class SubscriptionView {
  @ApiProperty(UUID) id!: string;
  @ApiProperty(URL_MEMBER) url!: string;
  @ApiProperty(TOPICS) topics!: readonly string[];
  @ApiProperty({ type: SubscriptionFilterBody }) filter!: SubscriptionFilter;
  @ApiProperty({ example: false, description: ORDERED }) ordered!: boolean;
  @ApiProperty({ example: false, description: INCLUDE_CUSTOMER }) includeCustomer!: boolean;
  @ApiProperty({ ...MAX_IN_FLIGHT_MEMBER, example: 4 }) maxInFlight!: number;
  @ApiProperty({ ...PER_SECOND_MEMBER, example: 50 }) ratePerSecond!: number;
  @ApiProperty(textOrNull('The members of the club')) description!: string | null;
  @ApiProperty({ enum: SUBSCRIPTION_STATUSES, example: 'active' }) status!: SubscriptionStatus;
  @ApiProperty({
    type: String,
    enum: STATUS_REASONS,
    nullable: true,
    example: null,
    description: 'Why it is paused or ended; beside `unconfirmed`, why it is paused once it is confirmed',
  })
  reason!: StatusReason | null;
  @ApiProperty({
    ...textOrNull('connection_refused', 'Why the last challenge was not answered'),
    example: null,
  })
  challengeError!: string | null;
  @ApiProperty({
    ...orNull(DATE_TIME),
    example: null,
    description:
      'Until then an unconfirmed one is sent the challenge without being asked to; null for others',
  })
  challengeUntil!: string | null;
  @ApiProperty({
    ...orNull(DATE_TIME),
    example: null,
    description:
      'When the challenge is sent next; null where none is. Beside `unconfirmed`, only `POST …/confirm` sends it then',
  })
  nextChallengeAt!: string | null;
  @ApiProperty({
    ...orNull(DATE_TIME),
    example: null,
    description: 'Until then the secret before the rotation signs as well',
  })
  previousSecretUntil!: string | null;
  @ApiProperty(orNull(DATE_TIME)) confirmedAt!: string | null;
  @ApiProperty(orNull(DATE_TIME)) lastSuccessAt!: string | null;
  @ApiProperty({
    ...orNull(DATE_TIME),
    example: null,
    description: 'The first failed try since the last success',
  })
  failingSince!: string | null;
  @ApiProperty(DATE_TIME) createdAt!: string;
  @ApiProperty(DATE_TIME) updatedAt!: string;
}

export class SubscriptionWithSecretView extends SubscriptionView {
  @ApiProperty(SECRET) secret!: string;
}

export class SubscriptionPageView extends pageViewOf(SubscriptionView) {}

export class RedeliverView {
  @ApiProperty({
    ...{ type: 'integer', minimum: 0, nullable: true, example: 3 },
    description: 'How many events are sent again; null where they are looked for step by step',
  })
  events!: number | null;
}

export class DispatchView {
  @ApiProperty(UUID) id!: string;
  @ApiProperty({ ...UUID, description: 'The `webhook-id` of every try' }) eventId!: string;
  @ApiProperty({ example: 'payment.succeeded' }) type!: string;
  @ApiProperty({ ...UUID, description: 'The payment, order or customer account that the event is about' })
  subjectId!: string;
  @ApiProperty({ ...COUNT, example: 2 }) sequence!: number;
  @ApiProperty({ enum: DISPATCH_STATUSES, example: 'delivered' }) status!: DispatchStatus;
  @ApiProperty({ ...COUNT, example: 1 }) attempts!: number;
  @ApiProperty({
    ...orNull(DATE_TIME),
    example: null,
    description: 'Null also where an earlier event of the subject is awaited',
  })
  nextTryAt!: string | null;
  @ApiProperty({ type: 'integer', nullable: true, example: 200 }) httpStatus!: number | null;
  @ApiProperty({ ...textOrNull('timeout', 'Why the last try failed'), example: null }) reason!: string | null;
  @ApiProperty(textOrNull('ok', 'The last answer, of at most 64 kB')) answer!: string | null;
  @ApiProperty(DATE_TIME) createdAt!: string;
  @ApiProperty(DATE_TIME) updatedAt!: string;
}

export class DispatchPageView extends pageViewOf(DispatchView) {}

export const toSubscriptionView = (one: Subscription): SubscriptionView => ({
  id: one.id,
  url: one.url,
  topics: one.topics,
  filter: one.filter,
  ordered: one.ordered,
  includeCustomer: one.includeCustomer,
  maxInFlight: one.maxInFlight,
  ratePerSecond: one.ratePerSecond,
  description: one.description,
  status: one.status,
  reason: one.statusReason,
  challengeError: one.challengeError,
  challengeUntil: one.status === 'unconfirmed' ? one.challengeUntil.toISOString() : null,
  nextChallengeAt: one.status === 'unconfirmed' ? (one.challengeDueAt?.toISOString() ?? null) : null,
  previousSecretUntil: one.previousSecretUntil?.toISOString() ?? null,
  confirmedAt: one.confirmedAt?.toISOString() ?? null,
  lastSuccessAt: one.lastSuccessAt?.toISOString() ?? null,
  failingSince: one.failingSince?.toISOString() ?? null,
  createdAt: one.createdAt.toISOString(),
  updatedAt: one.updatedAt.toISOString(),
});

export const toDispatchView = (one: Dispatch): DispatchView => ({
  id: one.id,
  eventId: one.eventId,
  type: one.eventName,
  subjectId: one.subjectId,
  sequence: Number(one.sequence),
  status: one.status,
  attempts: one.attempts,
  nextTryAt: one.dueAt?.toISOString() ?? null,
  httpStatus: one.httpStatus,
  reason: one.reason,
  answer: one.answer === null ? null : maskCardNumbers(one.answer),
  createdAt: one.createdAt.toISOString(),
  updatedAt: one.updatedAt.toISOString(),
});
