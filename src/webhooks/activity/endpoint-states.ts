import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ProcessRole } from '../../platform/config/process-role.js';
import type { GatewayAccount } from '../../platform/config/env.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { LogLine } from '../../platform/logging/log-line.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import type { EndpointOutcome } from '../gateways/gateway.js';
import { webhookPath } from './webhook-path.js';

/** What a gateway says of the endpoint that it calls. */
export type EndpointState = Omit<Extract<EndpointOutcome, { kind: 'answer' }>, 'kind'>;

/** A gateway is asked at most this often, whoever wants to know. */
const MAX_AGE_MS = 5 * 60_000;
/** How long a reader waits for a gateway. The question goes on, and its answer is there for the next reader. */
const WAIT_MS = 1_500;

interface Asked {
  readonly at: number;
  readonly answer: Promise<EndpointState | null>;
}

/**
 * Asks gateways whether they still call this service, where an API key allows it: at the start, with a warning where an
 * endpoint is disabled or misses events, and for the page of gateways. What is not known is null.
 */
@Injectable()
export class EndpointStates implements OnApplicationBootstrap {
  private readonly logger = new Logger(EndpointStates.name);
  private readonly asked = new Map<GatewayAccount, Asked>();

  constructor(
    private readonly registry: GatewayRegistry,
    private readonly role: ProcessRole,
  ) {}

  /** Asks without being waited for: a gateway that does not answer delays no start. */
  onApplicationBootstrap(): void {
    if (!this.role.works) return;
    for (const account of this.registry.allAccounts())
      void this.ask(account).then((state) => this.warn(account, state));
  }

  /** Null where the gateway cannot be asked, does not answer within 1.5 s, or does not know the endpoint. */
  async read(account: GatewayAccount): Promise<EndpointState | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => (timer = setTimeout(resolve, WAIT_MS, null)));
    const state = await Promise.race([this.ask(account), late]);
    clearTimeout(timer);
    return state;
  }

  private ask(account: GatewayAccount): Promise<EndpointState | null> {
    const before = this.asked.get(account);
    if (before !== undefined && performance.now() - before.at <= MAX_AGE_MS) return before.answer;
    const answer = this.askGateway(account);
    this.asked.set(account, { at: performance.now(), answer });
    return answer;
  }

  private async askGateway(account: GatewayAccount): Promise<EndpointState | null> {
    const gateway = this.registry.gateway(account.gateway);
    if (gateway?.endpoint === undefined) return null;
    try {
      const outcome = await gateway.endpoint(webhookPath(gateway, account), account.settings);
      if (outcome.kind === 'answer') {
        const { enabled, missingEvents } = outcome;
        return { enabled, missingEvents };
      }
      this.logger.debug(`the endpoint of ${account.gateway} is not known: ${outcome.reason}`);
    } catch (error) {
      // A gateway from outside may break the rule that it never throws.
      this.logger.warn(`the endpoint of ${account.gateway} is not known: ${describeError(error)}`);
    }
    return null;
  }

  private warn({ gateway, account }: GatewayAccount, state: EndpointState | null): void {
    if (state === null || (state.enabled && state.missingEvents.length === 0)) return;
    const fault = state.enabled ? 'misses events' : 'is disabled';
    const fields = { gateway, account, enabled: state.enabled, missingEvents: state.missingEvents };
    this.logger.warn(new LogLine(`the endpoint at ${gateway} ${fault}`, fields));
  }
}
