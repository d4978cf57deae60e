import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
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

describe('an application that closes', () => {
  it('answers a request that was on its way over a connection kept alive, and accepts no other', async () => {
    const adapter = new LeanExpressAdapter();
    const app = await NestFactory.create(WhoModule, adapter, { logger: false });
    await app.listen(0, '127.0.0.1');
    const { port } = (adapter.getHttpServer() as Server).address() as AddressInfo;
    const request = 'GET /who HTTP/1.1\r\nhost: service\r\n\r\n';
    const sender = connect(port, '127.0.0.1');
    sender.write(request);
    await once(sender, 'data');
    // As Nest does, but at once: no hook takes time in between.
    adapter.beforeClose();
    const closed = adapter.close();
    sender.write(request);
    const heard = await text(sender);
    expect(heard).toMatch(/^HTTP\/1\.1 203 /);
    expect(heard).toMatch(/\r\nconnection: close\r\n/i);
    expect(await once(connect(port, '127.0.0.1'), 'error')).toMatchObject([{ code: 'ECONNREFUSED' }]);
    await closed;
    await app.close();
  });
});
