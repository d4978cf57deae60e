import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import express from 'express';
import { Webhook } from 'standardwebhooks';

const { API_KEY, PAYHOOK_URL = 'http://127.0.0.1:3000' } = process.env;
const { HOST = '127.0.0.1', PORT = '3001', STATE_FILE = 'members.json' } = process.env;
const { OWN_URL = `http://127.0.0.1:${PORT}/payhook` } = process.env;
const HAS_ACCESS = { active: true, past_due: true, suspended: false, held: false };
const MAX_HANDLED = 10_000;

/** What outlives a restart. In a real system: its database, changed in one transaction for each event. */
const state = existsSync(STATE_FILE)
  ? JSON.parse(readFileSync(STATE_FILE, 'utf8'))
  : { secret: null, members: {}, handled: [] };

/** Counts only once it is on disk: a change that cannot be saved is not acknowledged. The secret is for the owner alone. */
function save(changes) {
  writeFileSync(`${STATE_FILE}.new`, JSON.stringify({ ...state, ...changes }), { mode: 0o600, flush: true });
  renameSync(`${STATE_FILE}.new`, STATE_FILE);
  Object.assign(state, changes);
}

/** An event may come again, by the same id, and after a later one of its account, whose sequence is higher. */
function handle(id, { sequence, data: account }) {
  const known = state.members[account.id];
  if (state.handled.includes(id) || sequence <= known?.sequence) return;
  const member = account.customer?.id ?? known?.member;
  save({
    members: { ...state.members, [account.id]: { member, status: account.status, sequence } },
    handled: [id, ...state.handled].slice(0, MAX_HANDLED),
  });
  console.log(`${member}: ${account.status}`);
}

async function ask(method, path, body) {
  const headers = { authorization: `Bearer ${API_KEY}` };
  const response = await fetch(PAYHOOK_URL + path, { method, headers, body: JSON.stringify(body) });
  if (!response.ok)
    throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** Registers once: a restart finds the subscription by its URL. Its own secret verifies the challenge, however soon that comes. */
async function subscribe() {
  const { items } = await ask('GET', '/subscriptions?limit=100');
  const known = items.find(({ url, status }) => url === OWN_URL && status !== 'ended');
  const isLost = state.secret === null;
  state.secret ??= `whsec_${randomBytes(32).toString('base64')}`;
  const terms = { url: OWN_URL, topics: ['account.*'], includeCustomer: true, secret: state.secret };
  if (!known) await ask('POST', '/subscriptions', terms);
  else if (isLost) await ask('POST', `/subscriptions/${known.id}/rotate`, { secret: state.secret });
  if (known?.status === 'unconfirmed') await ask('POST', `/subscriptions/${known.id}/confirm`);
  if (known?.status === 'paused') await ask('POST', `/subscriptions/${known.id}/resume`);
  save({ secret: state.secret });
}

const app = express();
app.post('/payhook', express.raw({ type: () => true }), (request, response) => {
  let event;
  try {
    event = new Webhook(state.secret).verify(request.body, request.headers); // the bytes as they came
  } catch {
    return response.status(401).json({ error: 'not signed by Payhook' });
  }
  if (event.type === 'subscription.challenge') return response.json({ challenge: event.data.challenge });
  handle(request.get('webhook-id'), event);
  response.sendStatus(204);
});
app.get('/members', (_request, response) => {
  const members = Object.values(state.members);
  response.json(
    members.map(({ member, status }) => ({ member, status, access: HAS_ACCESS[status] ?? false })),
  );
});

await once(app.listen(PORT, HOST), 'listening');
await subscribe();
console.log(`Members are shown at http://${HOST}:${PORT}/members`);
