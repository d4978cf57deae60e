import {
  bareReport,
  type Mode,
  type PaymentReport,
  withoutPersonalData,
} from '../../payments/report/index.js';
import {
  occurredAtIssue,
  type Translation,
  UntranslatableError,
  type ValidationIssue,
  type VerifiedMessage,
} from './gateway.js';
import { sha256Hex } from './signature.js';

/*
 * What an object of a gateway's API (a payment, a refund, a dispute) says, as reports. An event tells one change at the
 * time of the change. An object tells what is, and only of some of it since when.
 */

/** One thing that an object says of one payment. */
export type ObjectStatement = Pick<PaymentReport, 'gatewayPaymentId' | 'kind'> &
  Partial<PaymentReport> & {
    /**
     * When it happened, where the object tells it and nothing that contradicts it can have been reported after that
     * time. Null: it was so when the gateway was asked.
     */
    at: Date | null;
    /** What tells two statements of the same words apart, such as the attempt that a state is of. */
    about?: string | null;
  };

/** The object that statements are made of. */
export interface StatedObject {
  id: string;
  /** Shown in the timeline: the kind of object and its status (`refund:succeeded`). */
  type: string;
  mode: Mode;
}

type Asked = Pick<VerifiedMessage, 'receivedAt' | 'observedAt'>;

/**
 * The reports of an object, each with a key of its own, so that the same statement in another list, or beside a new one,
 * changes nothing.
 *
 * `faults` may hold what was found while the object was read. All faults are thrown together.
 */
export function reportsOfObject(
  { id, type, mode }: StatedObject,
  statements: readonly ObjectStatement[],
  message: Asked,
  faults: readonly ValidationIssue[],
): Translation {
  const observedAt = observationTime(statements, message);
  const times = statements.flatMap(({ at }) =>
    at === null ? [] : (occurredAtIssue(at, message.receivedAt) ?? []),
  );
  const issues = [...faults, ...times.slice(0, 1).map((issue) => ({ path: 'created', message: issue }))];
  if (issues.length > 0) throw new UntranslatableError(issues);
  if (statements.length === 0) return { kind: 'ignored' };
  const reports = statements.map(({ at, about: _about, ...told }) =>
    bareReport({ type, occurredAt: at ?? observedAt, mode, ...told }),
  );
  return { kind: 'reports', reports, keys: statements.map((statement) => keyOf(id, statement)) };
}

/**
 * The second in which the gateway was asked, because gateways count in seconds: of an event of the same second and an
 * observation, the kinds decide. Never before a time that the object itself tells: our clock may be behind.
 */
function observationTime(statements: readonly ObjectStatement[], { observedAt, receivedAt }: Asked): Date {
  const asked = Math.floor((observedAt ?? receivedAt).getTime() / 1000) * 1000;
  return new Date(Math.max(asked, ...statements.map(({ at }) => at?.getTime() ?? 0)));
}

/** Made of all that a statement says, but for personal data and for the moment of asking. */
function keyOf(id: string, { at, about, ...told }: ObjectStatement): string {
  const report = withoutPersonalData(
    bareReport({ type: '', occurredAt: at ?? new Date(0), mode: 'live', ...told }),
  );
  return `${id}:${told.kind}:${sha256Hex(JSON.stringify([report, about ?? null])).slice(0, 16)}`;
}
