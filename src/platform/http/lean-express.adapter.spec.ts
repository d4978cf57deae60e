import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import { LeanExpressAdapter } from './lean-express.adapter.js';

@Controller()
class WhoController {
  @Get('who')
  who(@Req() request: Request, @Res() response: Response): void {
    response.status(203).json({ ip: request.ip, path: request.path, name: request.get('x-name') });
  }
}

@Module({ controllers: [WhoController] })
class WhoModule {}

describe('Express on a server that makes its requests', () => {
  let app: NestExpressApplication;
  beforeAll(async () => {
    app = await NestFactory.create(WhoModule, new LeanExpressAdapter(), { logger: false });
    app.set('trust proxy', 1);
    await app.listen(0, '127.0.0.1');
  });
  afterAll(() => app.close());

  it('is Express: settings, getters and answers are there', async () => {
    const headers = { 'x-name': 'Asha', 'x-forwarded-for': '203.0.113.7' };
    const answer = await fetch(`${await app.getUrl()}/who?a=1`, { headers });
    expect(answer.status).toBe(203);
    expect(await answer.json()).toEqual({ ip: '203.0.113.7', path: '/who', name: 'Asha' });
  });

  it('changes the prototype of no request and no answer, which is what makes Express slow', async () => {
    const express = app.getHttpAdapter().getInstance() as { request: object; response: object };
    const prototypes: unknown[] = [];
    app.getHttpServer().prependOnceListener('request', (request, response) => {
      prototypes.push(Object.getPrototypeOf(request), Object.getPrototypeOf(response));
    });
    await fetch(`${await app.getUrl()}/who`);
    expect(prototypes[0]).toBe(express.request);
    expect(prototypes[1]).toBe(express.response);
  });
});
