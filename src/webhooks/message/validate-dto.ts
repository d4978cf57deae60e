import { type ClassConstructor } from 'class-transformer';
import { compileDto, type CompiledDto, validateCompiled } from './compiled-dto.js';
import { collectIssues } from './dto-issues.js';
import type { ValidationIssues } from './issue-list.js';
import { validateWithLibraries } from './library-dto.js';

/** A body as its DTO, or what is wrong with it. */
export type DtoResult = { dto: object } | ValidationIssues;

const compiledDtos = new Map<ClassConstructor<object>, CompiledDto | null>();

/**
 * The body as an instance of its DTO, with the fields that the DTO declares and no other: what was not validated, no
 * translator ever sees. Only declared fields are looked at, so the time and the answer are bounded by the body's size
 * whatever else the body holds. A class that asks for more than can be compiled goes to class-transformer and
 * class-validator themselves.
 */
export function validateDto(dtoClass: ClassConstructor<object>, body: object): DtoResult {
  const known = getCompiledDto(dtoClass);
  if (known === null) return validateWithLibraries(dtoClass, body);
  const dto = validateCompiled(known, body);
  return dto === null ? collectIssues(known, body) : { dto };
}

function getCompiledDto(dtoClass: ClassConstructor<object>): CompiledDto | null {
  let known = compiledDtos.get(dtoClass);
  if (known === undefined) compiledDtos.set(dtoClass, (known = compileDto(dtoClass)));
  return known;
}
