import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express, Request, Response } from 'express';
import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import { Admission, type Admitted, type Stage } from './admission.js';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** Called for each request that begins, with what would be called without it. */
export type Intercept = (request: Request, response: Response, next: Handle) => void;

/**
 * Express as it is, on a server whose requests and responses are Express's own from birth. Express makes them so by
 * changing the prototype of each request and response that comes in, which V8 answers by forgetting what it knew
 * about them: everything that touches them afterwards is slow, and an empty pipeline takes half as many requests.
 * Where the prototype is right already, Express's assignment changes nothing.
 *
 * Requests reach Express through {@link Admission}, which bounds how many are under way.
 */
export class LeanExpressAdapter extends ExpressAdapter {
  readonly admission = new Admission((request, response) => this.handle(request, response));
  /** How long open connections are waited for at the end before they are cut. */
  connectionGraceMs = Infinity;
  private isClosing = false;
  private handle: Handle = () => undefined;

  /** Puts this before the application, and before what was put there earlier. */
  intercept(intercept: Intercept): void {
    const next = this.handle;
    // They are Express's own from birth.
    this.handle = (request, response) => intercept(request as Request, response as Response, next);
  }

  /** Called first as the application closes: each answer from now on says that its connection closes, and closes it. */
  override beforeClose(): void {
    super.beforeClose();
    this.isClosing = true;
    if (this.connectionGraceMs === Infinity) return;
    setTimeout(() => (this.getHttpServer() as Server).closeAllConnections(), this.connectionGraceMs).unref();
  }

  override initHttpServer(): void {
    const express = this.getInstance<Express>();
    this.handle = express;
    const { admission } = this;
    const isClosing = (): boolean => this.isClosing;
    class OwnRequest extends IncomingMessage implements Admitted {
      stage: Stage = 'new';
      /** Nobody listens to one that has not begun, and nothing of it is to be cleaned up. */
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
    // An `Expect` that Node does not know it would answer by itself, 417, past every bound: it may be ignored.
    server.on('checkExpectation', admit);
    this.setHttpServer(server);
  }
}
