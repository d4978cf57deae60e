import { createSeededRandom } from '../../src/simulator/tampering.js';
import type { SignedRequest } from '../../src/simulator/gateway-simulator.js';
import { deliver, type Heard } from './requests.js';
import { startTestApp, type TestApp } from './test-app.js';
import { createTestDatabase } from './test-database.js';

/** Two of the service on one database: whoever sends reaches now one, now the other. */
export interface TwoProcesses {
  /** To ask, which comes to the same with either. */
  first: TestApp;
  send(request: SignedRequest): Promise<Heard>;
  quiet(): Promise<void>;
  close(): Promise<void>;
}

export async function startTwoProcesses(environment: Record<string, string> = {}): Promise<TwoProcesses> {
  const database = await createTestDatabase();
  const options = { databaseUrl: database.url, environment };
  const first = await startTestApp(options);
  const second = await startTestApp(options);
  const random = createSeededRandom(5);
  return {
    first,
    send: (request) => deliver(random() < 0.5 ? first : second, request),
    quiet: () => first.quiet(),
    close: async () => {
      await first.close();
      await second.close();
      await database.drop();
    },
  };
}
