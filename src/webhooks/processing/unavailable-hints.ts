import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { GatewayAccount } from '../../platform/config/env.js';
import { ProcessRole } from '../../platform/config/process-role.js';
import { newId } from '../../platform/database/new-id.js';
import { PollingLoop } from '../../platform/jobs/index.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import { missingToAsk } from '../gateways/needed-to-ask.js';
import { countWaiting, findUnavailableHints, replayDeliveries } from '../inbox/delivery-replay.store.js';
import { HandoffQueue } from '../inbox/handoff-queue.js';
import { FetchWorker } from './fetch-worker.js';

const POLL_MS = 500;
/** The first step is small: it shows whether the account can be asked now. */
const FIRST_STEP = 4;
const STEP = 100;

interface Pass {
  account: GatewayAccount;
  after: string;
  limit: number;
  /** The deliveries of the last step. */
  taken: readonly string[];
}

/**
 * Takes up again, after each start, what is parked because its account could not be asked: for the accounts that can be
 * asked now. It does so in steps, and the next one comes when most questions of the last one are answered. It stops for an
 * account that turns out to be unavailable still.
 */
@Injectable()
export class UnavailableHints implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(UnavailableHints.name);
  private readonly loop = new PollingLoop(UnavailableHints.name, () => this.step(), POLL_MS);
  private passes: Pass[] = [];
  /** What is parked later was parked by an account as it is configured now. */
  private until = '';

  constructor(
    private readonly db: DataSource,
    private readonly registry: GatewayRegistry,
    private readonly fetches: FetchWorker,
    private readonly queue: HandoffQueue,
    private readonly role: ProcessRole,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.role.works) return;
    this.until = newId();
    this.passes = this.registry
      .allAccounts()
      .filter((account) => {
        const gateway = this.registry.gateway(account.gateway);
        return gateway?.fetch !== undefined && missingToAsk(gateway, account).length === 0;
      })
      .map((account) => ({ account, after: LOWEST_ID, limit: FIRST_STEP, taken: [] }));
    if (this.passes.length > 0) this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  private async step(): Promise<number> {
    const [pass] = this.passes;
    if (pass === undefined) {
      void this.loop.stop();
      return 0;
    }
    const { gateway, account } = pass.account;
    if ((await countWaiting(this.db.manager, pass.taken)) > pass.taken.length / 2) return 0;
    const ids = this.fetches.isUnavailable(gateway, account)
      ? []
      : await findUnavailableHints(this.db.manager, pass.account, { ...pass, until: this.until });
    if (ids.length === 0) {
      this.passes.shift();
      return 1;
    }
    const taken = await replayDeliveries(this.db.manager, ids, false);
    this.logger.log(`${taken} hints of ${gateway}, account ${account}, are taken up: it can be asked now`);
    this.passes[0] = { ...pass, after: ids.at(-1) ?? pass.after, limit: STEP, taken: ids };
    this.queue.signals.emit('deliveriesDue');
    this.queue.signals.emit('hintsDue');
    return ids.length;
  }
}

const LOWEST_ID = '00000000-0000-0000-0000-000000000000';
