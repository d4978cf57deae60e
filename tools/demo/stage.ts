import { setTimeout as sleep } from 'node:timers/promises';
import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import type { IppopayFakeApi } from '../../src/webhooks/gateways/ippopay/ippopay-api.simulator.js';
import { alterBody, forge, signInThePast } from '../../src/simulator/tampering.js';
import { playEvent, createStorySubject, type Player } from '../../src/simulator/player.js';
import { sendRequest, type ServiceResponse } from '../../src/simulator/sender.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { buildStory } from '../../src/simulator/stories.js';
import type { CaughtMail } from './mail-catcher.js';
import type { Scene } from './scenes.js';

export const STORY_AGE_MS = 120_000;
const WAIT_TIMEOUT_MS = 15_000;

export interface DemoStage {
  baseUrl: string;
  secrets: ReadonlyMap<string, string>;
  ippopayApi: IppopayFakeApi;
  mails: readonly CaughtMail[];
}

/** A played scene: its payment, and the responses of the service. */
export interface PlayedScene extends Scene {
  paymentId: string;
  orderId: string;
  email: string;
  responses: ServiceResponse[];
}

/** Sends the messages of a scene. Resolves when all are answered. */
export async function playScene(stage: DemoStage, scene: Scene, nth: number): Promise<PlayedScene> {
  const player = createPlayer(stage, scene.gateway);
  const suffix = `demo${String(nth).padStart(2, '0')}`;
  const subject = createStorySubject(scene.gateway, suffix, new Date(Date.now() - STORY_AGE_MS));
  const story = buildStory(player.simulator, scene.story, subject);
  const email = story[0]?.customer.email ?? '';
  const answers: ServiceResponse[] = [];
  for (const event of toSendingOrder(story, scene.sent)) {
    answers.push(await playEvent(player, event));
    if (scene.gateway === 'ippopay') await waitUntilFetched(stage.ippopayApi, event.orderId, scene.sent);
    if (event.kind === 'failed' && scene.mails.includes('alert'))
      await waitUntil(() => stage.mails.some(({ to }) => to === email));
  }
  return { ...scene, paymentId: subject.paymentId, orderId: subject.orderId, email, responses: answers };
}

/** Sends requests that must be refused. `expected` is their number by refusal reason. */
export async function playForgeries(
  stage: DemoStage,
): Promise<{ answers: ServiceResponse[]; expected: Record<string, number> }> {
  const answers: ServiceResponse[] = [];
  for (const gateway of ['stripe', 'razorpay', 'standard', 'ippopay'] as const) {
    const { simulator, secret } = createPlayer(stage, gateway);
    const subject = createStorySubject(gateway, 'forged', new Date(Date.now() - STORY_AGE_MS));
    const body = simulator.body(buildStory(simulator, 'success', subject)[0] as StoryEvent);
    const options = { secret, now: new Date(), eventId: 'evt_forged' };
    answers.push(await sendRequest(stage.baseUrl, forge(simulator, body, options)));
    if (gateway === 'ippopay') continue;
    answers.push(await sendRequest(stage.baseUrl, alterBody(simulator.sign(body, options))));
    if (gateway === 'razorpay') continue;
    answers.push(await sendRequest(stage.baseUrl, signInThePast(simulator, body, options)));
  }
  return { answers, expected: { no_secret_matches: 6, too_old: 2, bad_token: 1 } };
}

export function createPlayer(stage: DemoStage, gateway: string): Player {
  const simulator = SIMULATORS.get(gateway);
  const secret = stage.secrets.get(gateway);
  if (!simulator || !secret) throw new Error(`there is no simulator or no secret for ${gateway}`);
  return { simulator, secret, baseUrl: stage.baseUrl, api: stage.ippopayApi };
}

function toSendingOrder(story: readonly StoryEvent[], sent: Scene['sent']): readonly StoryEvent[] {
  if (sent === 'in reverse') return [...story].reverse();
  return sent === 'in order' ? story : story.flatMap((event) => [event, event, event]);
}

/** The API shows only the current state, so the service must fetch each step before the next one happens. */
async function waitUntilFetched(
  ippopayApi: IppopayFakeApi,
  orderId: string,
  sent: Scene['sent'],
): Promise<void> {
  if (sent === 'in order')
    await waitUntil(
      () => ippopayApi.countRequests(orderId) % 2 === 0 && ippopayApi.countRequests(orderId) > 0,
    );
}

/** Waits until the condition is true. Throws after 15 s. */
export async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + WAIT_TIMEOUT_MS;
  while (!(await condition())) {
    if (Date.now() > end)
      throw new Error(`an expected effect did not happen within ${WAIT_TIMEOUT_MS / 1000} s`);
    await sleep(25);
  }
}
