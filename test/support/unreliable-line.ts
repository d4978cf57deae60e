import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A line between a gateway and the service that breaks at a moment of the test's choosing. */
export interface UnreliableLine {
  readonly url: string;
  /** Whether the last answer that came this way was thrown away. */
  readonly swallowed: boolean;
  close(): Promise<void>;
}

/** Passes requests on, and breaks the connection when the answer comes: the sender never hears it. */
export async function lineWithoutAnswers(serviceUrl: string): Promise<UnreliableLine> {
  const { hostname, port } = new URL(serviceUrl);
  const open = new Set<Socket>();
  let swallowed = false;
  const server = createServer((incoming) => {
    const outgoing = connect(Number(port), hostname);
    for (const socket of [incoming, outgoing]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => open.delete(socket));
    }
    incoming.pipe(outgoing);
    outgoing.once('data', () => {
      swallowed = true;
      incoming.destroy();
      outgoing.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get swallowed() {
      return swallowed;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
