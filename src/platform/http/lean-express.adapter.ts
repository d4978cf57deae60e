import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express, Request, Response } from 'express';
import cluster from 'node:cluster';
import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Admission, type Admitted, type Stage } from './admission.js';

/** A request that was sent before the sender could know of the end arrives within this time, in ms. */
const IDLE_GRACE_MS = 100;
/** The processes behind one port hear of the end one after the other, within this time, in ms. */
const OTHERS_GRACE_MS = 100;

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** Called for each request that starts. `next` is the handler that would run without it. */
export type Intercept = (request: Request, response: Response, next: Handle) => void;

/**
 * Express on a server that creates its requests and responses with Express's prototypes. Express changes the prototype
 * of every incoming request and response, and V8 then discards its optimizations for these objects: an empty pipeline
 * serves half as many requests. Where the prototype is right already, the assignment of Express has no effect.
 *
 * Requests reach Express through {@link Admission}, which limits how many are active.
 */
export class LeanExpressAdapter extends ExpressAdapter {
  readonly admission = new Admission((request, response) => this.handle(request, response));
  /** How long open connections may stay open after the shutdown begins, in ms. */
  connectionGraceMs = Infinity;
  private isClosing = false;
  private graceIsOver: Promise<unknown> = Promise.resolve();
  private handle: Handle = () => undefined;

  /** Runs `intercept` before the application, and before every earlier interceptor. */
  intercept(intercept: Intercept): void {
    const next = this.handle;
    // The server creates them with Express's prototypes.
    this.handle = (request, response) => intercept(request as Request, response as Response, next);
  }

  /**
   * Nest calls this first when the application closes. No connection is accepted from then on, and each response closes
   * its connection: among several processes behind one port only when none of them listens, or its sender would connect
   * to one that ends too. Node's own `close` also cuts connections without a request at once: the request of one that was
   * just opened, or kept alive, may be on its way. So it comes {@link IDLE_GRACE_MS} later.
   */
  override beforeClose(): void {
    super.beforeClose();
    NetServer.prototype.close.call(this.getHttpServer());
    this.isClosing = !cluster.isWorker;
    this.graceIsOver = wait(this.isClosing ? 0 : OTHERS_GRACE_MS)
      .then(() => (this.isClosing = true))
      .then(() => wait(IDLE_GRACE_MS));
    if (this.connectionGraceMs === Infinity) return;
    setTimeout(() => (this.getHttpServer() as Server).closeAllConnections(), this.connectionGraceMs).unref();
  }

  /** Ends the connections without a request, and resolves when the requests under way are answered. */
  override async close(): Promise<void> {
    await this.graceIsOver;
    await super.close();
  }

  override initHttpServer(): void {
    const express = this.getInstance<Express>();
    this.handle = express;
    const { admission } = this;
    const isClosing = (): boolean => this.isClosing;
    class OwnRequest extends IncomingMessage implements Admitted {
      stage: Stage = 'new';
      /** A request that has not started has no listeners and nothing to clean up. */
      override destroy(error?: Error): this {
        return this.stage === 'new' ? this : super.destroy(error);
      }
      releaseSlot(): void {
        admission.releaseSlot(this);
      }
      reclaimSlot(): void {
        admission.reclaimSlot(this);
      }
    }
    class OwnResponse extends ServerResponse<OwnRequest> {
      override writeHead(...given: unknown[]): this {
        if (isClosing()) this.shouldKeepAlive = false;
        return (super.writeHead as (...all: unknown[]) => this)(...given);
      }
      override end(...given: unknown[]): this {
        admission.done(this.req);
        return (super.end as (...all: unknown[]) => this)(...given);
      }
    }
    Object.setPrototypeOf(OwnRequest.prototype, express.request);
    Object.setPrototypeOf(OwnResponse.prototype, express.response);
    express.request = OwnRequest.prototype as unknown as Express['request'];
    express.response = OwnResponse.prototype as unknown as Express['response'];
    const admit = (request: OwnRequest, response: OwnResponse): void => admission.admit(request, response);
    const server = createServer({ IncomingMessage: OwnRequest, ServerResponse: OwnResponse }, admit);
    // Node would answer an unknown `Expect` header with 417 past every limit. RFC 9110 (10.1.1) lets a server ignore
    // it.
    server.on('checkExpectation', admit);
    this.setHttpServer(server);
  }
}
