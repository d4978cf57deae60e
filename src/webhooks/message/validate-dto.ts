import { type ClassConstructor } from 'class-transformer';
import { compileDto, type CompiledDto, validateCompiled } from './compiled-dto.js';
import { collectIssues } from './dto-issues.js';
import type { ValidationIssues } from './issue-list.js';
import { validateWithLibraries } from './library-dto.js';

/** The validated DTO, or the issues of the body. */
export type DtoResult = { dto: object } | ValidationIssues;

const compiledDtos = new Map<ClassConstructor<object>, CompiledDto | null>();

/**
 * Validates a body against its DTO class. The instance has the declared fields only, so a gateway's translation never sees a
 * field that was not validated. Undeclared fields cost no time. A class that cannot be compiled is validated by
 * class-transformer and class-validator themselves, which is slower.
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
