import { applyDecorators, UseGuards, UsePipes } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiProblems } from './api-problems.decorator.js';
import {
  BAD_REQUEST,
  DATABASE_UNAVAILABLE,
  FORBIDDEN,
  TOO_MANY_REFUSALS,
  UNAUTHORIZED,
} from './problem-types.js';
import { QueryGuard } from './query.guard.js';
import { RequestPipe } from './request.pipe.js';

/** What every controller of the read API has: bearer keys, checked parameters, and the answers that follow from both. */
export const KeyedApi = (tag: string): ClassDecorator =>
  applyDecorators(
    ApiTags(tag),
    ApiBearerAuth(),
    UseGuards(ApiKeyGuard, QueryGuard),
    UsePipes(new RequestPipe()),
    ApiProblems(BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, TOO_MANY_REFUSALS, DATABASE_UNAVAILABLE),
  );
