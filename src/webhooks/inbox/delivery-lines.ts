import { LogLine } from '../../platform/logging/log-line.js';
import type { ValidationIssue } from '../gateways/gateway.js';

interface StoppedDelivery {
  id: string;
  gateway: string;
  account: string;
  /** Null or absent where it is not known. */
  type?: string | null;
  errors?: readonly ValidationIssue[] | null;
  reason?: string;
}

/** A delivery waits for an operator: its body is invalid, or its gateway does not know what it is about. */
export const parkedLine = (delivery: StoppedDelivery): LogLine =>
  new LogLine('a delivery is parked', fieldsOf(delivery));

/** A delivery failed as often as it may be tried. */
export const deadLine = (delivery: StoppedDelivery): LogLine =>
  new LogLine('a delivery is dead', fieldsOf(delivery));

/** The fields of a body that hold its type. A type that is itself invalid is the sender's text and is not logged. */
const TYPE_PATHS = ['event', 'type'];

/** Paths of issues are logged, their messages are not: a message may quote the value. */
const fieldsOf = ({ id, gateway, account, type, errors, reason }: StoppedDelivery) => ({
  deliveryId: id,
  gateway,
  account,
  type: errors?.some(({ path }) => TYPE_PATHS.includes(path)) ? undefined : (type ?? undefined),
  path: errors?.[0]?.path,
  faults: errors?.length,
  reason,
});
