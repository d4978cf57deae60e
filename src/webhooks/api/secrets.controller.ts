import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty } from '@nestjs/swagger';
import { RequireRole } from '../../platform/http/api-key.guard.js';
import { KeyedApi } from '../../platform/http/keyed-api.decorator.js';
import { ACCOUNT, COUNT, DATE_TIME, GATEWAY, orNull } from '../../platform/http/schema-types.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import { SecretUsage } from '../secrets/secret-usage.js';

export class SecretView {
  @ApiProperty(GATEWAY) gateway!: string;
  @ApiProperty(ACCOUNT) account!: string;
  @ApiProperty({ ...COUNT, description: 'Its place among the secrets of the account; 0 is the newest' })
  position!: number;
  @ApiProperty({
    description: 'A fingerprint: it tells secrets apart, and the secret cannot be learnt from it',
    example: '4f1c09a2b7d3',
  })
  mark!: string;
  @ApiProperty({ ...orNull(DATE_TIME), description: 'When it last verified a request' })
  lastMatchedAt!: string | null;
}

@Controller('secrets')
@KeyedApi('secrets')
export class SecretsController {
  constructor(
    @Inject(GatewayRegistry) private readonly registry: GatewayRegistry,
    @Inject(SecretUsage) private readonly uses: SecretUsage,
  ) {}

  @Get()
  @RequireRole('operate')
  @ApiOperation({
    summary: 'List the webhook secrets in use, by fingerprint',
    description: 'A secret that no longer verifies requests can be removed.',
  })
  @ApiOkResponse({ type: [SecretView], description: 'Every secret of every account' })
  async list(): Promise<SecretView[]> {
    const uses = await this.uses.list(this.registry.allAccounts());
    return uses.map(({ lastMatchedAt, ...use }) => ({
      ...use,
      lastMatchedAt: lastMatchedAt?.toISOString() ?? null,
    }));
  }
}
