import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A sender that begins a request and takes its time, over a connection of its own. */
export interface SlowSender {
  /** Everything the service has said to it so far. */
  heard(): string;
  /** Sends on. */
  say(text: string): void;
  /** Whether the service has ended the connection. */
  cutOff(): boolean;
  end(): void;
}

/** Writes `text` and nothing after it. Resolves once it is on its way. */
export async function slowSender(url: string, text: string): Promise<SlowSender> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  let heard = '';
  socket.on('data', (chunk) => (heard += chunk.toString('latin1'))).on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  return {
    heard: () => heard,
    say: (more) => void socket.write(more),
    cutOff: () => socket.closed,
    end: () => void socket.destroy(),
  };
}

/** The beginning of a request whose headers are whole, and of whose body `sent` bytes come at once. */
export function halfOfARequest(
  path: string,
  headers: Record<string, string>,
  length: number,
  sent: number,
): string {
  const lines = Object.entries({ host: 'service', ...headers, 'content-length': String(length) });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `POST ${path} HTTP/1.1\r\n${head}\r\n${' '.repeat(sent)}`;
}
