import { envelopeIssues, fieldOf, idIssue } from './fields/wire-fields.js';
import { type Identity, isValidId, isValidType, type VerifiedMessage } from './gateway.js';
import { sha256Hex } from './signature.js';

/** A field of an object: its name, or the names on the way to it. */
export type FieldPath = readonly string[];

/**
 * The identity of an object that a gateway's API answered. The key tells what the object says: an answer that says what an
 * earlier one said is the same one. `said` are the fields in which two answers may differ so that something else is said;
 * of an object in such a field its id counts, and nothing of a person may be among them.
 */
export function identityOfObject(
  { raw, body }: Pick<VerifiedMessage, 'raw' | 'body'>,
  type: string,
  said: readonly FieldPath[],
): Identity {
  const id = fieldOf(body, 'id');
  const values = said.map((path) => path.reduce<unknown>(fieldOf, body)).map(plain);
  const issues = envelopeIssues(body, { id: idIssue });
  const digest = sha256Hex(JSON.stringify(values)).slice(0, 32);
  return {
    key: isValidId(id) ? `object:${id}:${digest}` : sha256Hex(raw),
    eventId: isValidId(id) ? id : null,
    type: isValidType(type) ? type : null,
    issues,
  };
}

const plain = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? plain(fieldOf(value, 'id') ?? null) : value;
