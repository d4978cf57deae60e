import { badRequest } from '../../platform/http/problem.js';

/**
 * A place in the log. The id's last digits tell whether the log is the one that the cursor is from: a database that was
 * restored from an older copy gives its positions to other events.
 */
export interface EventCursor {
  position: string;
  /** Empty where the event at the position is removed. */
  idEnd: string;
}

const ID_DIGITS = 8;
const CURSOR = /^(0|[1-9]\d{0,17})\.([\da-f]{8})?$/;

export const idEndOf = (id: string | null): string => id?.slice(-ID_DIGITS) ?? '';

export const toEventCursor = ({ position, idEnd }: EventCursor): string =>
  Buffer.from(`${position}.${idEnd}`).toString('base64url');

/** @throws Problem 400 where it is no cursor of ours. */
export function parseEventCursor(cursor: string): EventCursor {
  const [, position, idEnd = ''] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (position === undefined || toEventCursor({ position, idEnd }) !== cursor)
    throw badRequest('bad parameter: after');
  return { position, idEnd };
}
