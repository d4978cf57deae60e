import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { KeyedApi } from '../../platform/http/keyed-api.decorator.js';
import { GatewaysReader } from './gateways.reader.js';
import { GatewaysView } from './gateways.view.js';

@Controller('gateways')
@KeyedApi('gateways')
export class GatewaysController {
  constructor(@Inject(GatewaysReader) private readonly gateways: GatewaysReader) {}

  @Get()
  @ApiOperation({
    summary:
      'List the configured gateways and accounts: where they call, what they sent, and whether they still do',
  })
  @ApiOkResponse({ type: GatewaysView, description: 'One row for each gateway and account' })
  async list(): Promise<GatewaysView> {
    return { items: await this.gateways.list() };
  }
}
