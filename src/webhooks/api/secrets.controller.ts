import { Controller, Get, Inject, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { ApiKeyGuard, RequireRole } from '../../platform/http/api-key.guard.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import { SecretUsage } from '../secrets/secret-usage.js';

export class SecretView {
  @ApiProperty() gateway!: string;
  @ApiProperty() account!: string;
  @ApiProperty({ description: 'Among the secrets of its account; 0 is the newest' }) position!: number;
  @ApiProperty({ description: 'Tells it from the others; the secret cannot be learnt from it' })
  mark!: string;
  @ApiProperty({ type: String, nullable: true, description: 'When it last proved a request' })
  lastMatchedAt!: string | null;
}

@ApiTags('secrets')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('secrets')
export class SecretsController {
  constructor(
    @Inject(GatewayRegistry) private readonly registry: GatewayRegistry,
    @Inject(SecretUsage) private readonly uses: SecretUsage,
  ) {}

  @Get()
  @RequireRole('operate')
  @ApiOperation({
    summary: 'Webhook secrets in use, by mark: one that matches nothing any more can be taken out',
  })
  @ApiOkResponse({ type: [SecretView] })
  async list(): Promise<SecretView[]> {
    const uses = await this.uses.list(this.registry.allAccounts());
    return uses.map(({ lastMatchedAt, ...use }) => ({
      ...use,
      lastMatchedAt: lastMatchedAt?.toISOString() ?? null,
    }));
  }
}
