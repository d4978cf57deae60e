import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SingleFlightCache } from '../../platform/jobs/single-flight-cache.js';
import { readTypeCounts } from '../inbox/delivery-summary.store.js';
import { type DeliveryTypesView, toDeliveryTypesView } from './delivery-types.view.js';

/** Deliveries by type and status. At most one read is under way in a process, whoever asks. */
@Injectable()
export class DeliveryTypesReader {
  private readonly counts: SingleFlightCache<DeliveryTypesView>;

  constructor(db: DataSource) {
    this.counts = new SingleFlightCache(async () => toDeliveryTypesView(await readTypeCounts(db)));
  }

  /** Counts everything that was stored or changed before this call. */
  read(): Promise<DeliveryTypesView> {
    return this.counts.readFresh();
  }
}
