import { ApiProperty, PickType } from '@nestjs/swagger';
import { ACCOUNT, DATE_TIME, GATEWAY, orNull } from '../../platform/http/schema-types.js';
import { SecretView } from './secrets.controller.js';

export class EndpointView {
  @ApiProperty({ description: 'The gateway calls it', example: true }) enabled!: boolean;
  @ApiProperty({
    type: [String],
    example: ['refund.failed'],
    description: 'Events of `subscribeTo` that the endpoint is not subscribed to',
  })
  missingEvents!: string[];
}

export class GatewaySecretView extends PickType(SecretView, ['position', 'mark', 'lastMatchedAt'] as const) {}

export class GatewayView {
  @ApiProperty(GATEWAY) gateway!: string;
  @ApiProperty(ACCOUNT) account!: string;
  @ApiProperty({
    example: '/webhooks/standard',
    description:
      'The path that the gateway must call on the public host of the service; a token in it is masked',
  })
  url!: string;
  @ApiProperty({ type: [String], example: ['payment.updated'], description: 'The events to subscribe to' })
  subscribeTo!: string[];
  @ApiProperty({
    type: [String],
    example: ['payment.updated'],
    description: 'Those of them that came so far',
  })
  seenTypes!: string[];
  @ApiProperty({ ...orNull(DATE_TIME), description: 'When the last event came; a test message is none' })
  lastEventAt!: string | null;
  @ApiProperty({
    ...orNull(DATE_TIME),
    example: null,
    description: 'The last event before a silence that lasts; null where the account is not silent',
  })
  silentSince!: string | null;
  @ApiProperty({
    type: 'number',
    nullable: true,
    example: 1.5,
    description: 'How long after they occurred the newest 20 events were received: the median',
  })
  lagSeconds!: number | null;
  @ApiProperty({ type: [GatewaySecretView], description: 'Newest first' }) secrets!: GatewaySecretView[];
  @ApiProperty({
    type: EndpointView,
    nullable: true,
    description: 'What the gateway says of the endpoint; null where it cannot be asked or did not answer',
  })
  endpoint!: EndpointView | null;
}

export class GatewaysView {
  @ApiProperty({ type: [GatewayView], description: 'Every configured account of every gateway' })
  items!: GatewayView[];
}
