import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { AcceptedMail } from './mail-server.js';

/** How long a request without an answer, and an answer that drips, is kept open. Less than the lease of a message. */
const HANGS_MS = 2_500;

/** What becomes of one request. */
interface Behaviour {
  /** The receiver keeps the message. */
  readonly takes: boolean;
  /** The service hears that the message was taken, so it must not send it again. */
  readonly tells: boolean;
  readonly answer: (response: ServerResponse, socket: Socket) => void;
}

const answering =
  (status: number, headers: Record<string, string> = {}): Behaviour['answer'] =>
  (response) =>
    void response.writeHead(status, headers).end();

const TAKES: Behaviour = { takes: true, tells: true, answer: answering(204) };
const FAILS: Behaviour = { takes: false, tells: false, answer: answering(500) };
const IS_BUSY: Behaviour = { takes: false, tells: false, answer: answering(429, { 'retry-after': '1' }) };
const HANGS: Behaviour = {
  ...{ takes: true, tells: false },
  answer: (_response, socket) => void setTimeout(() => socket.destroy(), HANGS_MS),
};
const CLOSES_IN_ITS_HEAD: Behaviour = {
  ...{ takes: true, tells: false },
  answer: (_response, socket) => void socket.write('HTTP/1.1 200 O', () => socket.destroy()),
};
const CLOSES_IN_ITS_BODY: Behaviour = {
  ...{ takes: true, tells: true },
  answer: (response, socket) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half', () => socket.end());
  },
};
const DRIPS: Behaviour = {
  ...{ takes: true, tells: true },
  answer: (response, socket) => {
    response.writeHead(200);
    const drops = setInterval(() => response.write('.'), 20);
    setTimeout(() => socket.destroy(), HANGS_MS);
    socket.once('close', () => clearInterval(drops));
  },
};

/** The plan, from the first request on, again and again. */
const PLAN: readonly Behaviour[] = [
  ...[TAKES, FAILS, TAKES, IS_BUSY, CLOSES_IN_ITS_HEAD, TAKES, DRIPS, HANGS, TAKES, CLOSES_IN_ITS_BODY],
];

type Status = (notificationId: string) => Promise<string | null>;

/** A receiver of messages by HTTP on loopback that verifies as the library does, and misbehaves by its plan. */
export class ChaosHttpReceiver {
  readonly accepted: AcceptedMail[] = [];
  /** Why requests were refused: what is not signed as the library verifies it. */
  readonly forged: string[] = [];
  requests = 0;
  /** Called after a message was received and before it is answered. */
  onAccepted: (() => Promise<void> | void) | null = null;
  private readonly secret = `whsec_${randomBytes(32).toString('base64')}`;
  private readonly webhook = new Webhook(this.secret);
  private readonly server = createServer((request, response) => void this.take(request, response));

  private constructor(private readonly statusOf: Status) {
    this.server.on('clientError', (_error, socket) => socket.destroy());
  }

  static async start(statusOf: Status): Promise<ChaosHttpReceiver> {
    const receiver = new ChaosHttpReceiver(statusOf);
    await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** The settings of the service that sends to it. */
  get settings(): Record<string, string> {
    const { port } = this.server.address() as AddressInfo;
    return {
      HTTP_CHANNEL_URL: `http://127.0.0.1:${port}/messages`,
      HTTP_CHANNEL_SECRET: this.secret,
    };
  }

  /** Forgets who waits at the trap. The plan goes on. */
  recover(): void {
    this.onAccepted = null;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const acceptedAt = performance.now();
    const body = await bodyOf(request);
    if (body === null) return; // The service was killed while it sent.
    const behaviour = PLAN[this.requests++ % PLAN.length] as Behaviour;
    const kind = this.verify(body, request.headers as Record<string, string>);
    if (kind === null) return answering(401)(response, request.socket);
    if (behaviour.takes) {
      const notificationId = String(request.headers['webhook-id']);
      const statusThen = await this.statusOf(notificationId);
      const message = { notificationId, to: '', kind, acceptedAt, statusThen, answerLost: !behaviour.tells };
      this.accepted.push(message);
      await this.onAccepted?.();
    }
    behaviour.answer(response, request.socket);
  }

  /** The kind that the message names; null where the signature does not hold. */
  private verify(body: Buffer, headers: Record<string, string>): string | null {
    try {
      const { data } = this.webhook.verify(body, headers) as { data: { kind: string } };
      return data.kind;
    } catch (error) {
      this.forged.push(String(error));
      return null;
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch {
    return null;
  }
}
