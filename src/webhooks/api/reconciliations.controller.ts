import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { validate as isUuid } from 'uuid';
import { DEFAULT_ACCOUNT } from '../../platform/config/configurable-gateway.js';
import { RequireRole } from '../../platform/http/api-key.guard.js';
import { ApiProblems } from '../../platform/http/api-problems.decorator.js';
import { ReadsJson } from '../../platform/http/json-body.js';
import { KeyedApi } from '../../platform/http/keyed-api.decorator.js';
import { KeyName, logOperatorAction } from '../../platform/http/operator-act.js';
import { toPage } from '../../platform/http/page.js';
import { badRequest, notFound, type Problem, problemOf } from '../../platform/http/problem.js';
import { BAD_REQUEST, BY_ID, type ProblemType } from '../../platform/http/problem-types.js';
import type { NoTarget } from '../reconciliation/reconciliation-targets.js';
import { ReconciliationsReader } from '../reconciliation/reconciliations.reader.js';
import { ReconciliationsService } from '../reconciliation/reconciliations.service.js';
import { parseSince, SINCE_RULE } from '../reconciliation/since.js';
import { ReconciliationRequest, ReconciliationsQuery } from './reconciliation.request.js';
import {
  ReconciliationPageView,
  ReconciliationStartedView,
  ReconciliationView,
  toReconciliationSummary,
  toReconciliationView,
} from './reconciliation.view.js';

const RUNNING: ProblemType = {
  type: '/problems/reconciliation-running',
  title: 'A reconciliation of this account is under way',
  status: 409,
  when: 'a reconciliation of the account is under way; `id` is the one',
};

const NOT_ASKABLE: ProblemType = {
  type: '/problems/not-found',
  title: 'This account cannot be reconciled',
  status: 404,
  when: 'there is no such gateway or account, its gateway has no lists, or a key is not set; `detail` says which',
};

@Controller('reconciliations')
@KeyedApi('reconciliations')
export class ReconciliationsController {
  constructor(
    @Inject(ReconciliationsService) private readonly reconciliations: ReconciliationsService,
    @Inject(ReconciliationsReader) private readonly reader: ReconciliationsReader,
  ) {}

  @Post()
  @HttpCode(202)
  @RequireRole('operate')
  @ApiOperation({
    summary: 'Compare what a gateway holds with what is stored, and take in what was never told',
    description:
      'Asks the gateway for its payments, refunds and disputes. What is missing or different enters as a delivery ' +
      'whose provenance is `reconciled`.',
  })
  @ApiAcceptedResponse({ type: ReconciliationStartedView, description: 'The reconciliation has begun' })
  @ApiProblems(NOT_ASKABLE, RUNNING)
  @ReadsJson()
  async start(
    @Body() { gateway, account = DEFAULT_ACCOUNT, since: text, dryRun = false }: ReconciliationRequest,
    @KeyName() key: string,
  ): Promise<ReconciliationStartedView> {
    const since = parseSince(text, new Date());
    if (since === null) throw badRequest(SINCE_RULE);
    const request = { gateway, account, since, dryRun };
    const result = await this.reconciliations.start({ ...request, origin: 'operator' });
    if (result.kind === 'running') throw problemOf(RUNNING, { id: result.id });
    if (result.kind !== 'started') throw notAskable(result);
    const { id } = result;
    if (!dryRun)
      logOperatorAction(key, 'reconcile', {
        reconciliationId: id,
        gateway,
        account,
        since: since.toISOString(),
      });
    return { id };
  }

  @Get()
  @ApiOperation({ summary: 'List reconciliations, newest first' })
  @ApiOkResponse({
    type: ReconciliationPageView,
    description: 'One page of reconciliations, without their items',
  })
  @ApiProblems(BAD_REQUEST)
  async list(@Query() query: ReconciliationsQuery): Promise<ReconciliationPageView> {
    return toPage(await this.reader.list(query), query.limit, toReconciliationSummary);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Show one reconciliation with what it found' })
  @ApiOkResponse({ type: ReconciliationView, description: 'The reconciliation and its first items' })
  @ApiProblems(...BY_ID)
  async find(@Param('id') id: string): Promise<ReconciliationView> {
    const run = isUuid(id) ? await this.reader.find(id) : null;
    if (!run) throw notFound('reconciliation');
    return toReconciliationView(run, await this.reader.findItems(run));
  }
}

const notAskable = ({ reason }: NoTarget): Problem => problemOf(NOT_ASKABLE, { detail: reason });
