/**
 * `payhook/testing`: for the tests of an adapter, a handler or a host application. It needs no test framework.
 */
export { startPayhook, type TestPayhook, type TestPayhookOptions } from './start-payhook.js';
export { startTestDatabase, type TestDatabase } from './test-database.js';
export { until } from './until.js';
export type {
  GatewaySimulator,
  SignedRequest,
  StoryEvent,
  StoryStep,
} from '../simulator/gateway-simulator.js';
export { sendRequest, closeConnections, type ServiceResponse } from '../simulator/sender.js';
export { SIMULATORS } from '../simulator/simulators.js';
export {
  buildStory,
  supportsStory,
  STORY_NAMES,
  type StoryName,
  type StorySubject,
} from '../simulator/stories.js';
export { createStorySubject, playEvent, type Player } from '../simulator/player.js';
export {
  type ContractCase,
  type ContractGroup,
  describeGateway,
  gatewayContract,
  type GatewaySubject,
  type SignatureVector,
  type TestRunner,
} from '../simulator/contract/gateway-contract.js';
export { signHeaders, type Signing } from '../webhooks/gateways/sign-headers.js';
