import { LogLine } from '../../platform/logging/log-line.js';
import type { ValidationIssue } from '../gateways/gateway.js';

interface StoppedDelivery {
  id: string;
  gateway: string;
  account: string;
  /** Where it is known. */
  type?: string | null;
  errors?: readonly ValidationIssue[] | null;
  reason?: string;
}

/** A delivery waits for an operator: its body is not what its gateway promises, or the gateway does not know it. */
export const parkedLine = (delivery: StoppedDelivery): LogLine =>
  new LogLine('a delivery is parked', fieldsOf(delivery));

/** A delivery was tried as often as it may be. */
export const deadLine = (delivery: StoppedDelivery): LogLine =>
  new LogLine('a delivery is dead', fieldsOf(delivery));

/** Where gateways name the type. A type that is itself at fault is the sender's text, and none that we know. */
const TYPE_PATHS = ['event', 'type'];

/** Paths of faults, and never the messages: those may quote the value. */
const fieldsOf = ({ id, gateway, account, type, errors, reason }: StoppedDelivery) => ({
  deliveryId: id,
  gateway,
  account,
  type: errors?.some(({ path }) => TYPE_PATHS.includes(path)) ? undefined : (type ?? undefined),
  path: errors?.[0]?.path,
  faults: errors?.length,
  reason,
});
