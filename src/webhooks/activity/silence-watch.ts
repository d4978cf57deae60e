import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { LogLine } from '../../platform/logging/log-line.js';
import { publishOperatorNotice } from '../../platform/notices/index.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import { RefusalLog } from '../refusals/refusal-log.js';
import { countFindingsSince } from '../refusals/refusal.store.js';
import { silentSince } from './activity.js';
import { EndpointStates } from './endpoint-states.js';
import { type AccountActivity, GatewayActivity } from './gateway-activity.js';
import { beginSilence, endSilence } from './gateway-activity.store.js';
import { silenceNotice } from './silence-notice.js';
import { webhookPath } from './webhook-path.js';

/** Notices that an account fell silent, and tells the operator once. */
@Injectable()
export class SilenceWatch {
  private readonly logger = new Logger(SilenceWatch.name);

  constructor(
    private readonly db: DataSource,
    private readonly activity: GatewayActivity,
    private readonly registry: GatewayRegistry,
    private readonly refusals: RefusalLog,
    private readonly endpoints: EndpointStates,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** Looks at every configured account. Safe to be called by several processes at once. */
  async check(now: Date): Promise<void> {
    const leastMs = this.env.silenceAfterHours * 3_600_000;
    for (const one of await this.activity.read(now)) {
      const since = silentSince(one, now, leastMs);
      if (since === null) await this.end(one);
      else if (one.silentSince?.getTime() !== since.getTime()) await this.begin(one, since, now);
    }
  }

  private async end({ account, isMarkedSilent }: AccountActivity): Promise<void> {
    if (isMarkedSilent) await endSilence(this.db, account);
  }

  /** The notice is written with the mark, so that neither is without the other. */
  private async begin({ account }: AccountActivity, since: Date, now: Date): Promise<void> {
    const content = await this.describe(account, since, now);
    const { gateway, account: name } = account;
    const isNew = await this.db.transaction(async (manager) => {
      if (!(await beginSilence(manager, account, since))) return false;
      const key = `silence:${gateway}:${name}:${since.toISOString()}`;
      if (this.env.operatorMail !== null) await publishOperatorNotice(manager, key, content);
      return true;
    });
    if (isNew)
      this.logger.warn(
        new LogLine(`nothing comes from ${gateway}`, { gateway, account: name, since: since.toISOString() }),
      );
  }

  private async describe(account: AccountActivity['account'], since: Date, now: Date) {
    await this.refusals.save();
    const [refusals, endpoint] = await Promise.all([
      countFindingsSince(this.db, account, since),
      this.endpoints.read(account),
    ]);
    const gateway = this.registry.gateway(account.gateway) ?? { name: account.gateway };
    return silenceNotice({
      ...{ gateway: account.gateway, account: account.account, since, now, refusals, endpoint },
      path: webhookPath(gateway, account),
    });
  }
}
