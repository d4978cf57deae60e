import {
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  ParseUUIDPipe,
  Patch,
  Post,
  Query,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
} from '@nestjs/swagger';
import {
  ApiProblems,
  BAD_REQUEST,
  BY_ID,
  EventCatalog,
  JsonBody,
  KeyedApi,
  KeyName,
  logOperatorAction,
  notFound,
  ReadsJson,
  RequireRole,
} from '../../feature.js';
import { Redelivery } from '../redelivery/redelivery.js';
import {
  INVALID_BODY,
  invalidBody,
  NOT_CONFIRMED,
  SUBSCRIPTION_STATUS,
  TOO_MANY_SUBSCRIPTIONS,
} from '../subscription-problems.js';
import { readChange, readRedeliver, readRegistration, readRotation } from './subscription-body.js';
import {
  DispatchPageView,
  RedeliverBody,
  RedeliverView,
  RotationBody,
  SubscriptionBody,
  SubscriptionChangeBody,
  SubscriptionPageView,
  SubscriptionView,
  SubscriptionWithSecretView,
} from './subscription.view.js';
import { DispatchesQuery, SubscriptionsQuery } from './subscriptions.query.js';
import { SubscriptionsService } from './subscriptions.service.js';

const Id = (): ParameterDecorator =>
  Param('id', new ParseUUIDPipe({ exceptionFactory: () => notFound('subscription') }));

@Controller('subscriptions')
@KeyedApi('subscriptions')
export class SubscriptionsController {
  constructor(
    @Inject(SubscriptionsService) private readonly subscriptions: SubscriptionsService,
    @Inject(Redelivery) private readonly redelivery: Redelivery,
    @Inject(EventCatalog) private readonly catalog: EventCatalog,
  ) {}

  @Post()
  @RequireRole('operate')
  @ApiOperation({
    summary: 'Subscribe a URL to events',
    description:
      'The URL is sent a signed challenge, `{"type":"subscription.challenge","timestamp","data":{"challenge"}}`, and must ' +
      'answer 2xx with `{"challenge": …}`. It is tried for 24 h. Events are sent from the confirmation on.',
  })
  @ApiBody({ type: SubscriptionBody })
  @ApiCreatedResponse({ type: SubscriptionWithSecretView, description: 'The subscription, with its secret' })
  @ApiProblems(BAD_REQUEST, INVALID_BODY, TOO_MANY_SUBSCRIPTIONS)
  @ReadsJson()
  async register(@JsonBody() body: object, @KeyName() key: string): Promise<SubscriptionWithSecretView> {
    const read = readRegistration(body, this.isTopic);
    if (!('url' in read)) throw invalidBody(read);
    const made = await this.subscriptions.register(read);
    logOperatorAction(key, 'subscription_create', { id: made.id, host: new URL(made.url).host });
    return made;
  }

  @Get()
  @ApiOperation({ summary: 'List subscriptions, newest first' })
  @ApiOkResponse({ type: SubscriptionPageView, description: 'One page of subscriptions' })
  list(@Query() { cursor, limit }: SubscriptionsQuery): Promise<SubscriptionPageView> {
    return this.subscriptions.list(cursor, limit);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Show one subscription' })
  @ApiOkResponse({ type: SubscriptionView, description: 'The subscription' })
  @ApiProblems(...BY_ID)
  find(@Id() id: string): Promise<SubscriptionView> {
    return this.subscriptions.find(id);
  }

  @Patch(':id')
  @RequireRole('operate')
  @ApiOperation({
    summary: 'Change a subscription',
    description:
      'A changed URL is sent a challenge first, as a new one is. What happens meanwhile is kept for it. A paused ' +
      'subscription is paused again once the URL is confirmed. One that has ended cannot be changed.',
  })
  @ApiBody({ type: SubscriptionChangeBody })
  @ApiOkResponse({ type: SubscriptionView, description: 'The subscription, changed' })
  @ApiProblems(BAD_REQUEST, ...BY_ID, INVALID_BODY, SUBSCRIPTION_STATUS)
  @ReadsJson()
  async change(
    @Id() id: string,
    @JsonBody() body: object,
    @KeyName() key: string,
  ): Promise<SubscriptionView> {
    const read = readChange(body, this.isTopic);
    if (Array.isArray(read)) throw invalidBody(read);
    const changed = await this.subscriptions.change(id, read as Exclude<typeof read, readonly unknown[]>);
    logOperatorAction(key, 'subscription_change', { id, members: Object.keys(read) });
    return changed;
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireRole('operate')
  @ApiOperation({ summary: 'Remove a subscription with its dispatches' })
  @ApiNoContentResponse({ description: 'It is removed' })
  @ApiProblems(...BY_ID)
  async remove(@Id() id: string, @KeyName() key: string): Promise<void> {
    await this.subscriptions.remove(id);
    logOperatorAction(key, 'subscription_delete', { id });
  }

  @Post(':id/confirm')
  @HttpCode(200)
  @RequireRole('operate')
  @ApiOperation({ summary: 'Send the challenge now' })
  @ApiOkResponse({ type: SubscriptionView, description: 'The subscription, confirmed' })
  @ApiProblems(...BY_ID, SUBSCRIPTION_STATUS, NOT_CONFIRMED)
  async confirm(@Id() id: string, @KeyName() key: string): Promise<SubscriptionView> {
    const confirmed = await this.subscriptions.confirm(id);
    logOperatorAction(key, 'subscription_confirm', { id });
    return confirmed;
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @RequireRole('operate')
  @ApiOperation({
    summary: 'Replace the secret',
    description: 'For 24 h what is sent has two signatures: by the new secret, and by the one before.',
  })
  @ApiBody({ type: RotationBody })
  @ApiOkResponse({ type: SubscriptionWithSecretView, description: 'The subscription, with its new secret' })
  @ApiProblems(BAD_REQUEST, ...BY_ID, INVALID_BODY, SUBSCRIPTION_STATUS)
  @ReadsJson()
  async rotate(
    @Id() id: string,
    @JsonBody() body: object,
    @KeyName() key: string,
  ): Promise<SubscriptionWithSecretView> {
    const read = readRotation(body);
    if (!('secret' in read)) throw invalidBody(read);
    const rotated = await this.subscriptions.rotate(id, read.secret);
    logOperatorAction(key, 'subscription_rotate', { id });
    return rotated;
  }

  @Post(':id/pause')
  @HttpCode(200)
  @RequireRole('operate')
  @ApiOperation({ summary: 'Send nothing for now', description: 'What happens meanwhile is sent on resume.' })
  @ApiOkResponse({ type: SubscriptionView, description: 'The subscription, paused' })
  @ApiProblems(...BY_ID, SUBSCRIPTION_STATUS)
  async pause(@Id() id: string, @KeyName() key: string): Promise<SubscriptionView> {
    const paused = await this.subscriptions.pause(id);
    logOperatorAction(key, 'subscription_pause', { id });
    return paused;
  }

  @Post(':id/resume')
  @HttpCode(200)
  @RequireRole('operate')
  @ApiOperation({ summary: 'Go on with a paused subscription' })
  @ApiOkResponse({ type: SubscriptionView, description: 'The subscription, active' })
  @ApiProblems(...BY_ID, SUBSCRIPTION_STATUS)
  async resume(@Id() id: string, @KeyName() key: string): Promise<SubscriptionView> {
    const resumed = await this.subscriptions.resume(id);
    logOperatorAction(key, 'subscription_resume', { id });
    return resumed;
  }

  @Post(':id/redeliver')
  @HttpCode(202)
  @RequireRole('operate')
  @ApiOperation({
    summary: 'Send events again',
    description: 'With their own ids, so that a subscriber that knows them changes nothing.',
  })
  @ApiBody({ type: RedeliverBody })
  @ApiAcceptedResponse({ type: RedeliverView, description: 'They are sent' })
  @ApiProblems(BAD_REQUEST, ...BY_ID, INVALID_BODY, SUBSCRIPTION_STATUS)
  @ReadsJson()
  async redeliver(
    @Id() id: string,
    @JsonBody() body: object,
    @KeyName() key: string,
  ): Promise<RedeliverView> {
    const read = readRedeliver(body);
    if (!('kind' in read)) throw invalidBody(read);
    const events = await this.sendAgain(id, read);
    logOperatorAction(key, 'subscription_redeliver', { id, what: read.kind });
    return { events };
  }

  @Get(':id/dispatches')
  @ApiOperation({ summary: 'List what was sent, newest first', description: 'Of the last 30 days.' })
  @ApiOkResponse({ type: DispatchPageView, description: 'One page of dispatches' })
  @ApiProblems(...BY_ID)
  dispatches(@Id() id: string, @Query() query: DispatchesQuery): Promise<DispatchPageView> {
    return this.subscriptions.dispatches(id, query);
  }

  private readonly isTopic = (topic: string): boolean => this.catalog.isTopic(topic);

  private async sendAgain(
    id: string,
    read: Exclude<ReturnType<typeof readRedeliver>, readonly unknown[]>,
  ): Promise<number | null> {
    if (read.kind === 'event') return this.redelivery.ofEvent(id, read.eventId);
    if (read.kind === 'failed') return this.redelivery.ofFailed(id);
    await this.redelivery.since(id, read.since);
    return null;
  }
}
