import type { Type } from '@nestjs/common';
import { ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { features } from '../app/features.js';
import type { PayhookFeature } from '../platform/features/index.js';

/** Documents the member that features add to a view under their names, unless the view declares it. */
export function documentFeatures(
  view: Type,
  hasOne: (feature: PayhookFeature) => boolean,
  declared: readonly string[],
  optionsOf: (feature: PayhookFeature) => ApiPropertyOptions,
): void {
  for (const feature of features)
    if (hasOne(feature) && !declared.includes(feature.name))
      ApiPropertyOptional(optionsOf(feature))(view.prototype as object, feature.name);
}
