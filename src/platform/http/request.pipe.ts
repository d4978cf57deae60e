import { type ArgumentMetadata, Injectable, ValidationPipe } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { badRequest, type Problem } from './problem.js';

/**
 * Reads query parameters and JSON bodies into their classes. Unknown, repeated and malformed members are a 400 that
 * names them. A known query parameter without a value (`?status=`) counts as not given. In a body `null` and `""` are a 400
 * and never read as "not given": a filter that a caller left empty must not widen what is asked for.
 */
@Injectable()
export class RequestPipe extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      exceptionFactory: (errors) => badParameters(errors.map(({ property }) => property)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'query') {
      refuseUnknown(Object.keys(value as Members), metadata);
      return super.transform(plainMembers(withoutEmpty(value)), metadata);
    }
    if (metadata.type === 'body') return super.transform(plainMembers(withoutEmptyTexts(value)), metadata);
    return super.transform(value, metadata);
  }
}

type Members = Record<string, unknown>;

/** Also those without a value, which `ValidationPipe` is not given. */
function refuseUnknown(names: readonly string[], { metatype }: ArgumentMetadata): void {
  if (metatype === undefined) return;
  const checks = getMetadataStorage().getTargetValidationMetadatas(metatype, '', false, false);
  const known = new Set(checks.map(({ propertyName }) => propertyName));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) throw badParameters(unknown);
}

/** Express gives a query without prototype; class-transformer wants plain objects. */
const withoutEmpty = (query: unknown): Members =>
  Object.fromEntries(Object.entries(query as Members).filter(([, value]) => value !== ''));

function withoutEmptyTexts(body: unknown): Members {
  if (body === undefined) return {};
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw badRequest('the body must be a JSON object');
  const members = body as Members;
  const empty = Object.keys(members).filter((name) => members[name] === '');
  if (empty.length > 0) throw badParameters(empty);
  return members;
}

/**
 * Members whose values are texts, numbers or booleans. It runs before class-transformer, which walks nested objects to
 * their end and drops `__proto__` silently.
 */
function plainMembers(given: Members): Members {
  const unreadable = Object.keys(given).filter(
    (name) => !isPlainValue(given[name]) || name in Object.prototype,
  );
  if (unreadable.length > 0) throw badParameters(unreadable);
  return given;
}

/** PostgreSQL stores no text with a NUL or with half of a surrogate pair, so that such a text can match nothing. */
const isPlainValue = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.isWellFormed() && !value.includes('\0')
    : typeof value === 'number' || typeof value === 'boolean';

/** Of each name, in characters: the names come from the caller too. */
const MAX_NAME_LENGTH = 64;
const MAX_NAMES = 10;

export const shownNames = (names: readonly string[]): string =>
  names
    .slice(0, MAX_NAMES)
    .map((name) => name.slice(0, MAX_NAME_LENGTH))
    .join(', ');

const badParameters = (names: readonly string[]): Problem =>
  badRequest(`bad parameter: ${shownNames(names)}`);
