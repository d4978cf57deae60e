import 'reflect-metadata';
import {
  type CanActivate,
  Controller,
  createParamDecorator,
  type ExecutionContext,
  HttpCode,
  Injectable,
  Module,
  type PipeTransform,
  Post,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request } from 'express';
import { announceUrl } from './listening.js';
import { isSigned } from './stripe-check.js';

type Received = Request & { raw?: Buffer };

const Raw = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<Received>().raw,
);

@Injectable()
class SignatureGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Received>();
    const raw = await bytesOf(request);
    request.raw = raw;
    return isSigned(raw, request.headers['stripe-signature']);
  }
}

function bytesOf(request: Request): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

/** Nest on Express with a guard, one pipe and a controller that keeps nothing: what the frameworks alone cost. */
export async function serveNestPipeline(pipe: Type<PipeTransform<Buffer, unknown>>): Promise<void> {
  @Controller('webhooks')
  class WebhooksController {
    @Post('stripe')
    @HttpCode(200)
    @UseGuards(SignatureGuard)
    receive(@Raw(pipe) event: { id: string }): { status: string; id: string } {
      return { status: 'accepted', id: event.id };
    }
  }

  @Module({ controllers: [WebhooksController] })
  class PipelineModule {}

  const app = await NestFactory.create<NestExpressApplication>(PipelineModule, {
    bodyParser: false,
    logger: ['error'],
  });
  app.disable('x-powered-by');
  app.disable('etag');
  await app.listen(0, '127.0.0.1');
  announceUrl(app.getHttpServer());
}
