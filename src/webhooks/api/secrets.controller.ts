import { Controller, Get, Inject, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { ApiKeyGuard, NeedsRole } from '../../platform/http/api-key.guard.js';
import { GatewaysDirectory } from '../gateways/gateway-registry.js';
import { SecretUses } from '../secrets/secret-usage.js';

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
    @Inject(GatewaysDirectory) private readonly directory: GatewaysDirectory,
    @Inject(SecretUses) private readonly uses: SecretUses,
  ) {}

  @Get()
  @NeedsRole('operate')
  @ApiOperation({
    summary: 'Webhook secrets in use, by mark: one that matches nothing any more can be taken out',
  })
  @ApiOkResponse({ type: [SecretView] })
  async list(): Promise<SecretView[]> {
    const uses = await this.uses.of(this.directory.allAccounts());
    return uses.map(({ lastMatchedAt, ...use }) => ({
      ...use,
      lastMatchedAt: lastMatchedAt?.toISOString() ?? null,
    }));
  }
}
