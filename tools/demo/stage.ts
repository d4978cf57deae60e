import { setTimeout as sleep } from 'node:timers/promises';
import type { Told } from '../../src/simulator/gateway-simulator.js';
import type { IppopayStandIn } from '../../src/simulator/ippopay-fake-api.js';
import { altered, forge, stale } from '../../src/simulator/misbehaviour.js';
import { play, subjectFor, type Player } from '../../src/simulator/player.js';
import { send, type Answer } from '../../src/simulator/sender.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { storyFor } from '../../src/simulator/stories.js';
import type { CaughtMail } from './mail-catcher.js';
import type { Scene } from './scenes.js';

const BEGAN_MS_AGO = 120_000;
const WAIT_MS = 15_000;

export interface Stage {
  baseUrl: string;
  secrets: ReadonlyMap<string, string>;
  standIn: IppopayStandIn;
  mails: readonly CaughtMail[];
}

/** A scene that was played: which payment it was, and how the service answered. */
export interface Played extends Scene {
  paymentId: string;
  orderId: string;
  email: string;
  answers: Answer[];
}

/** Plays a scene's messages; resolves when they are all answered. */
export async function playScene(stage: Stage, scene: Scene, nth: number): Promise<Played> {
  const player = playerOf(stage, scene.gateway);
  const suffix = `demo${String(nth).padStart(2, '0')}`;
  const subject = subjectFor(scene.gateway, suffix, new Date(Date.now() - BEGAN_MS_AGO));
  const story = storyFor(player.simulator, scene.story, subject);
  const email = story[0]?.customer.email ?? '';
  const answers: Answer[] = [];
  for (const told of order(story, scene.sent)) {
    answers.push(await play(player, told));
    if (scene.gateway === 'ippopay') await untilAsked(stage.standIn, told.orderId, scene.sent);
    if (told.kind === 'failed' && scene.told !== 'nothing')
      await until(() => stage.mails.some(({ to }) => to === email));
  }
  return { ...scene, paymentId: subject.paymentId, orderId: subject.orderId, email, answers };
}

/** What must be refused: by reason, how often each was sent. */
export async function playForgeries(
  stage: Stage,
): Promise<{ answers: Answer[]; expected: Record<string, number> }> {
  const answers: Answer[] = [];
  for (const gateway of ['stripe', 'razorpay', 'standard', 'ippopay'] as const) {
    const { simulator, secret } = playerOf(stage, gateway);
    const subject = subjectFor(gateway, 'forged', new Date(Date.now() - BEGAN_MS_AGO));
    const body = simulator.body(storyFor(simulator, 'success', subject)[0] as Told);
    const options = { secret, now: new Date(), eventId: 'evt_forged' };
    answers.push(await send(stage.baseUrl, forge(simulator, body, options)));
    if (gateway === 'ippopay') continue;
    answers.push(await send(stage.baseUrl, altered(simulator.sign(body, options))));
    if (gateway === 'razorpay') continue;
    answers.push(await send(stage.baseUrl, stale(simulator, body, options)));
  }
  return { answers, expected: { no_secret_matches: 6, too_old: 2, bad_token: 1 } };
}

function playerOf(stage: Stage, gateway: string): Player {
  const simulator = SIMULATORS.get(gateway);
  const secret = stage.secrets.get(gateway);
  if (!simulator || !secret) throw new Error(`nobody plays ${gateway}`);
  return { simulator, secret, baseUrl: stage.baseUrl, standIn: stage.standIn };
}

function order(story: readonly Told[], sent: Scene['sent']): readonly Told[] {
  if (sent === 'in reverse') return [...story].reverse();
  return sent === 'in order' ? story : story.flatMap((told) => [told, told, told]);
}

/** Its API shows the present only, so each step must have been asked about before the next one happens. */
async function untilAsked(standIn: IppopayStandIn, orderId: string, sent: Scene['sent']): Promise<void> {
  if (sent === 'in order')
    await until(() => standIn.requestsFor(orderId) % 2 === 0 && standIn.requestsFor(orderId) > 0);
}

/** Asks until the answer is yes. Throws after 15 s. */
export async function until(ask: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + WAIT_MS;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`what should have happened did not within ${WAIT_MS / 1000} s`);
    await sleep(25);
  }
}
