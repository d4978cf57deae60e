import { Inject, Injectable } from '@nestjs/common';
import { ENV } from '../../platform/config/config.module.js';
import { type FeatureSettings, variableOfGateway } from '../../platform/config/configurable-feature.js';
import type { Env } from '../../platform/config/env.js';
import { MESSAGES, MESSAGES_SETTING, type NotificationKind } from './message-kinds.js';

/** The kinds of messages about payments of a gateway: `MESSAGES_<GATEWAY>`, else `MESSAGES`. */
export function chosenKinds(settings: FeatureSettings, gateway: string): readonly string[] {
  const chosen =
    settings[variableOfGateway(MESSAGES, gateway)] ?? settings[MESSAGES] ?? MESSAGES_SETTING.default;
  return Array.isArray(chosen) ? (chosen as readonly string[]) : [];
}

/** Which kinds of messages an operator chose. */
@Injectable()
export class ChosenKinds {
  private readonly settings: FeatureSettings;

  constructor(@Inject(ENV) { features }: Env) {
    this.settings = features;
  }

  /** Whether the kind is chosen for any gateway. */
  isChosenAnywhere(kind: NotificationKind): boolean {
    return Object.entries(this.settings).some(
      ([name, chosen]) =>
        (name === MESSAGES || name.startsWith(variableOfGateway(MESSAGES, ''))) &&
        Array.isArray(chosen) &&
        (chosen as readonly string[]).includes(kind),
    );
  }

  has(kind: NotificationKind, gateway: string): boolean {
    return chosenKinds(this.settings, gateway).includes(kind);
  }
}
