import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces } from '@nestjs/swagger';
import type { Response } from 'express';
import { ApiProblems, KeyedApi } from '../../feature.js';
import { ExportLimit, TOO_MANY_EXPORTS } from './export-limit.js';
import { CSV_HEADER } from './ledger-csv.js';
import { LedgerReader } from './ledger-reader.js';
import { LedgerBalancesQuery, LedgerEntriesQuery } from './ledger.query.js';
import { LedgerBalancesView, LedgerEntryPageView } from './ledger.view.js';
import { sendStream, type StallPolicy } from './send-stream.js';
import { exportsCut } from '../ledger.metrics.js';

const CSV_HEADERS = {
  'content-type': 'text/csv; charset=utf-8; header=present',
  'content-disposition': 'attachment; filename="ledger.csv"',
};

/** An export holds a connection of the pool: a reader that takes nothing for so long is cut off. */
const STALL: StallPolicy = { afterMs: 30_000, onStall: () => exportsCut.inc() };

@Controller('ledger')
@KeyedApi('ledger')
export class LedgerController {
  constructor(
    @Inject(LedgerReader) private readonly ledger: LedgerReader,
    @Inject(ExportLimit) private readonly limit: ExportLimit,
  ) {}

  @Get('entries')
  @ApiOperation({ summary: 'List the entries of the ledger, newest first' })
  @ApiOkResponse({ type: LedgerEntryPageView, description: 'One page of entries' })
  list(@Query() query: LedgerEntriesQuery): Promise<LedgerEntryPageView> {
    return this.ledger.list(query);
  }

  @Get('entries.csv')
  @ApiOperation({
    summary: 'Export the entries of the ledger, newest first, as CSV',
    description: 'All entries that match, of one moment: `limit` and `cursor` mean nothing here.',
  })
  @ApiProduces('text/csv')
  @ApiOkResponse({
    description: 'RFC 4180 with a header line; amounts in minor units and in decimals',
    content: { 'text/csv': { schema: { type: 'string' }, example: CSV_HEADER } },
  })
  @ApiProblems(TOO_MANY_EXPORTS)
  export(@Query() query: LedgerEntriesQuery, @Res() response: Response): Promise<void> {
    return this.limit.run(() => sendStream(response, this.ledger.export(query), CSV_HEADERS, STALL));
  }

  @Get('balances')
  @ApiOperation({ summary: 'Show the balance of every ledger account, now or at a time' })
  @ApiOkResponse({ type: LedgerBalancesView, description: 'Debits less credits, by `bookedAt`' })
  balances(@Query() query: LedgerBalancesQuery): Promise<LedgerBalancesView> {
    return this.ledger.balances(query);
  }
}
