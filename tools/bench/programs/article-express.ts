import express from 'express';
import { announceUrl } from './listening.js';

const KNOWN = ['payment_intent.succeeded', 'payment_intent.payment_failed'];

/** The webhook handler of the article that started it all: nothing is checked, nothing is kept. */
const app = express();
app.use(express.json());
app.post('/webhooks/stripe', (request, response) => {
  const {
    event,
    type = event ?? '',
    data,
  } = request.body as { event?: string; type?: string; data: unknown };
  if (KNOWN.includes(type) && data !== undefined) response.status(200).send('Webhook received');
  else response.status(400).send('Unknown event');
});
const server = app.listen(0, '127.0.0.1', () => announceUrl(server));
