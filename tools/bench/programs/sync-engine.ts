import type * as SyncEngine from '@supabase/stripe-sync-engine';
import Fastify from 'fastify';
import { createRequire } from 'node:module';
import { announceUrl } from './listening.js';
import { SECRET } from './secret.js';

/** The Stripe mirror of Supabase behind Fastify, as its own server has it: one upsert, then the answer. */

// Its ES module looks for its migrations by a name that only CommonJS has.
const { runMigrations, StripeSync } = createRequire(import.meta.url)(
  '@supabase/stripe-sync-engine',
) as typeof SyncEngine;

const connectionString = process.argv[2] as string;
await runMigrations({ databaseUrl: connectionString, schema: 'stripe' });

const sync = new StripeSync({
  poolConfig: { connectionString, max: 10 },
  stripeSecretKey: 'sk_test_of_the_bench',
  stripeWebhookSecret: SECRET,
  // Nothing may be asked of Stripe: what the webhook holds is what is stored.
  backfillRelatedEntities: false,
  autoExpandLists: false,
});

const app = Fastify();
app.removeAllContentTypeParsers();
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
  done(null, body),
);
app.post('/webhooks/stripe', async (request, reply) => {
  await sync.processWebhook(request.body as Buffer, request.headers['stripe-signature'] as string);
  return reply.send({ received: true });
});
await app.listen({ port: 0, host: '127.0.0.1' });
announceUrl(app.server);
