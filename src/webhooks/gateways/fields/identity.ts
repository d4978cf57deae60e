import { type Identity, isValidId, isValidType, type VerifiedMessage } from '../gateway.js';
import { sha256Hex } from '../signature.js';
import { envelopeIssues, fieldOf, idIssue, typeIssue } from './wire-fields.js';

/**
 * The identity of a body that names its own id and type in two of its fields. Both have to be signed, as the id is the
 * key. A body whose id or type breaks the rules is known by its digest, with the issues at their paths.
 */
export function identityInBody(
  { raw, body }: Pick<VerifiedMessage, 'raw' | 'body'>,
  fields: { readonly id: string; readonly type: string },
): Identity {
  const id = fieldOf(body, fields.id);
  const type = fieldOf(body, fields.type);
  const issues = envelopeIssues(body, { [fields.id]: idIssue, [fields.type]: typeIssue });
  const eventId = isValidId(id) ? id : null;
  return {
    key: eventId === null || issues.length > 0 ? sha256Hex(raw) : eventId,
    eventId,
    type: isValidType(type) ? type : null,
    issues,
  };
}
