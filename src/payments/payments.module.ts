import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PaymentsController } from './api/payments.controller.js';
import { PaymentsReader } from './api/payments.reader.js';
import { CustomerData } from './privacy/customer-data.js';
import { NoteFeatureWorkOnPaymentChangedHandler } from './handlers/note-feature-work-on-payment-changed.handler.js';
import { ProjectPaymentsOnPaymentReportedHandler } from './handlers/project-payments-on-payment-reported.handler.js';
import { PaymentReportRow } from './recording/payment-report.entity.js';
import { Payment } from './recording/payment.entity.js';
import { PaymentsRebuild } from './rebuild/payments-rebuild.js';
import { PaymentsService } from './recording/payments.service.js';

/** Keeps one row for each payment: the projection of all reports about it. */
@Module({
  imports: [TypeOrmModule.forFeature([Payment, PaymentReportRow])],
  controllers: [PaymentsController],
  providers: [
    PaymentsService,
    PaymentsReader,
    PaymentsRebuild,
    CustomerData,
    ProjectPaymentsOnPaymentReportedHandler,
    NoteFeatureWorkOnPaymentChangedHandler,
  ],
  exports: [PaymentsReader, CustomerData],
})
export class PaymentsModule {}
