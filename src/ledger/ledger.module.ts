import { Module } from '@nestjs/common';
import { ExportLimit } from './api/export-limit.js';
import { LedgerController } from './api/ledger.controller.js';
import { LedgerReader } from './api/ledger-reader.js';

/** Books kept by double entry, as an answer to every change of a payment. */
@Module({
  controllers: [LedgerController],
  providers: [LedgerReader, ExportLimit],
})
export class LedgerModule {}
