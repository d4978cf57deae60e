import type { Type } from '@nestjs/common';
import { ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { features } from '../app/features.js';
import type { PayhookFeature } from '../platform/features/index.js';

/** Documents the member that each feature with `member` adds to a view under its name, unless the view declares it. */
export function documentFeatures(
  view: Type,
  member: keyof PayhookFeature,
  declared: readonly string[],
  options: ApiPropertyOptions,
): void {
  for (const feature of features)
    if (feature[member] !== undefined && !declared.includes(feature.name))
      ApiPropertyOptional(options)(view.prototype as object, feature.name);
}
