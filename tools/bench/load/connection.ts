import { connect, type Socket } from 'node:net';
import type { SignedEvent } from './events.js';

/** A request as it goes over the wire, written beforehand. */
export function onTheWire({ path, signature, body }: SignedEvent): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `Stripe-Signature: ${signature}`,
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

/**
 * One kept connection that carries one request at a time. Reads no more of an answer than its status and its end:
 * Node's own client costs as much as the programs that are measured.
 */
export class Connection {
  private answered: ((status: number) => void) | null = null;
  private text = '';

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.read(chunk));
    socket.on('close', () => this.answer(0));
    socket.on('error', () => undefined); // told by the close that follows
  }

  static open(url: string): Promise<Connection> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Connection(socket)));
    });
  }

  /** Resolves with the status, 0 where the connection broke. */
  send(request: Buffer): Promise<number> {
    return new Promise((resolve) => {
      this.answered = resolve;
      if (this.socket.destroyed) this.answer(0);
      else this.socket.write(request);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    this.text += chunk.toString('latin1');
    const head = this.text.indexOf('\r\n\r\n');
    if (head === -1) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(this.text)?.[1];
    const isWhole =
      length === undefined
        ? this.text.endsWith('\r\n0\r\n\r\n')
        : this.text.length >= head + 4 + Number(length);
    if (isWhole) this.answer(Number(this.text.slice(9, 12)));
  }

  private answer(status: number): void {
    this.text = '';
    const answered = this.answered;
    this.answered = null;
    answered?.(status);
  }
}
