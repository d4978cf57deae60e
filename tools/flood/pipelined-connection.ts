import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { SignedRequest } from '../../src/simulator/gateway-simulator.js';

/** The bytes of a request, built once and sent often. */
export function toWireBytes({ path, headers, body }: SignedRequest, host: string): Buffer {
  const lines = Object.entries({ host, ...headers, 'content-length': String(body.length) });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${head}\r\n`, 'latin1'), body]);
}

/**
 * A connection that sends requests without waiting for earlier responses, and only counts responses by status. Sending is
 * therefore far cheaper than receiving. After a close, the caller opens it again.
 */
export class PipelinedConnection {
  readonly responses = new Map<number, number>();
  private socket: Socket | undefined;
  private sent = 0;
  private answered = 0;
  private rest = '';

  constructor(private readonly url: URL) {}

  /** Number of requests without a response. */
  get waiting(): number {
    return this.sent - this.answered;
  }

  async open(): Promise<void> {
    const socket = connect(Number(this.url.port || 80), this.url.hostname);
    socket.setNoDelay(true).on('error', () => {});
    socket.on('data', (chunk) => this.read(chunk.toString('latin1')));
    socket.once('close', () => {
      this.answered = this.sent;
      this.socket = undefined;
    });
    await once(socket, 'connect');
    this.socket = socket;
  }

  /** False if the connection is closed. */
  send(wire: Buffer): boolean {
    if (!this.socket) return false;
    this.sent++;
    this.socket.write(wire);
    return true;
  }

  close(): void {
    this.socket?.destroy();
  }

  private read(chunk: string): void {
    const text = this.rest + chunk;
    const starts = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)];
    for (const [, digits] of starts) {
      const status = Number(digits);
      this.responses.set(status, (this.responses.get(status) ?? 0) + 1);
      this.answered++;
    }
    // Keeps the end of the text, where a status line may be cut in two. A complete status line would be counted twice.
    this.rest = /HTTP\/1\.1 \d{3}/.test(text.slice(-11)) ? '' : text.slice(-11);
  }
}
