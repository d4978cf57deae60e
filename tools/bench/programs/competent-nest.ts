import 'reflect-metadata';
import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  HttpCode,
  Injectable,
  Module,
  Post,
  type RawBodyRequest,
  UseGuards,
  ValidationPipe,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsNumber, IsObject, IsString, ValidateNested } from 'class-validator';
import type { Request } from 'express';
import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { announceUrl } from './listening.js';
import { isSigned } from './stripe-check.js';

/** What somebody who knows Nest well writes in an afternoon: nothing wrong with it, and two rows before the answer. */

@Entity('webhook_events')
class WebhookEvent {
  @PrimaryColumn({ type: 'text' }) id!: string;
  @Column({ type: 'text' }) type!: string;
  @Column({ type: 'jsonb' }) payload!: object;
  @Column({ type: 'timestamptz' }) receivedAt!: Date;
}

@Entity('payments')
class Payment {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column({ type: 'text', unique: true }) gatewayPaymentId!: string;
  @Column({ type: 'text' }) status!: string;
  @Column({ type: 'bigint' }) amount!: number;
  @Column({ type: 'text' }) currency!: string;
  @Column({ type: 'timestamptz' }) updatedAt!: Date;
}

class PaymentIntentDto {
  @IsString() id!: string;
  @IsNumber() amount!: number;
  @IsString() currency!: string;
  @IsIn(['succeeded', 'requires_payment_method', 'processing', 'canceled']) status!: string;
}

class EventDataDto {
  @ValidateNested() @Type(() => PaymentIntentDto) object!: PaymentIntentDto;
}

class StripeEventDto {
  @IsString() id!: string;
  @IsString() type!: string;
  @IsInt() created!: number;
  @IsObject() @ValidateNested() @Type(() => EventDataDto) data!: EventDataDto;
}

@Injectable()
class StripeGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<RawBodyRequest<Request>>();
    return request.rawBody !== undefined && isSigned(request.rawBody, request.headers['stripe-signature']);
  }
}

@Injectable()
class PaymentsService {
  constructor(@InjectRepository(Payment) private readonly payments: Repository<Payment>) {}

  @OnEvent('stripe.payment', { suppressErrors: false })
  async update({ id, status, amount, currency }: PaymentIntentDto): Promise<void> {
    const known = await this.payments.findOne({ where: { gatewayPaymentId: id } });
    const payment = known ?? this.payments.create({ gatewayPaymentId: id });
    await this.payments.save(Object.assign(payment, { status, amount, currency, updatedAt: new Date() }));
  }
}

@Controller('webhooks')
class WebhooksController {
  constructor(
    @InjectRepository(WebhookEvent) private readonly events: Repository<WebhookEvent>,
    private readonly emitter: EventEmitter2,
  ) {}

  @Post('stripe')
  @HttpCode(200)
  @UseGuards(StripeGuard)
  async receive(@Body() event: StripeEventDto): Promise<{ received: boolean }> {
    if (await this.events.findOne({ where: { id: event.id } })) return { received: true };
    const { id, type } = event;
    await this.events.save(this.events.create({ id, type, payload: event, receivedAt: new Date() }));
    await this.emitter.emitAsync('stripe.payment', event.data.object);
    return { received: true };
  }
}

@Module({
  imports: [
    EventEmitterModule.forRoot(),
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.argv[2],
      entities: [WebhookEvent, Payment],
      synchronize: true,
    }),
    TypeOrmModule.forFeature([WebhookEvent, Payment]),
  ],
  controllers: [WebhooksController],
  providers: [PaymentsService],
})
class CompetentModule {}

const app = await NestFactory.create<NestExpressApplication>(CompetentModule, {
  rawBody: true,
  logger: ['error'],
});
app.useGlobalPipes(new ValidationPipe({ transform: true }));
await app.listen(0, '127.0.0.1');
announceUrl(app.getHttpServer());
