import { once } from 'node:events';
import { connect } from 'node:net';

/** What a sender heard that put all its requests into a connection at once. */
export interface Heard {
  /** How many answers, by status. */
  readonly answers: ReadonlyMap<number, number>;
  /** Whether the service closed the connection. */
  readonly closed: boolean;
}

/** Sends `wire`, `times` over, without waiting for an answer. Resolves when all is answered, or the connection closed. */
export async function pipelined(url: string, wire: Buffer | string, times: number): Promise<Heard> {
  const socket = connectTo(url);
  const answers = new Map<number, number>();
  let text = '';
  let left = times;
  const end = new Promise<boolean>((resolve) => {
    socket.once('close', () => resolve(true));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      text = text.replace(/HTTP\/1\.1 (\d{3})/g, (_all, status: string) => {
        answers.set(Number(status), (answers.get(Number(status)) ?? 0) + 1);
        left--;
        return '';
      });
      text = text.slice(-11);
      if (left === 0) resolve(false);
    });
  });
  socket.write(Buffer.concat(Array.from({ length: times }, () => Buffer.from(wire))));
  const closed = await end;
  socket.destroy();
  return { answers, closed };
}

/** Sends `wire` and is gone before any answer. */
export async function abandoned(url: string, wire: Buffer): Promise<void> {
  const socket = connectTo(url);
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  socket.write(wire, () => socket.resetAndDestroy());
  await closed;
}

function connectTo(url: string) {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname).on('error', () => undefined);
}
