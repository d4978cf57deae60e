import { Inject, Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { type FeatureGauge, FEATURES, type PayhookFeature } from '../../platform/features/index.js';
import { SingleFlightCache } from '../../platform/jobs/single-flight-cache.js';

/** A row of a gauge's SELECT. */
type GaugeRow = { readonly value: number } & Readonly<Record<string, unknown>>;

const jsonOf = ({ sql }: FeatureGauge, at: number): string =>
  `(SELECT coalesce(json_agg(row_to_json(row)), '[]') FROM (${sql}) AS row) AS gauge_${at}`;

/** The gauges that features declare, read from the database by one statement. */
@Injectable()
export class FeatureGauges {
  private readonly registry = new Registry();
  private readonly gauges: readonly { declared: FeatureGauge; metric: Gauge }[];
  private readonly values: SingleFlightCache<readonly (readonly GaugeRow[])[]>;

  constructor(db: DataSource, @Inject(FEATURES) features: readonly PayhookFeature[]) {
    this.gauges = features
      .flatMap(({ gauges = [] }) => gauges)
      .map((declared) => ({ declared, metric: this.toMetric(declared) }));
    const statement = `SELECT ${this.gauges.map(({ declared }, at) => jsonOf(declared, at)).join(', ')}`;
    this.values = new SingleFlightCache(async () => {
      const [row] = await db.query<Record<string, readonly GaugeRow[]>[]>(statement);
      return Object.values(row ?? {});
    });
  }

  /** Reads the values, unless they were read at most `maxAgeMs` ago. */
  async read(maxAgeMs: number): Promise<void> {
    const values = await this.values.readRecent(maxAgeMs);
    for (const [at, { declared, metric }] of this.gauges.entries()) {
      const { label } = declared;
      metric.reset();
      for (const row of values[at] ?? [])
        metric.set(label === undefined ? {} : { [label]: String(row[label]) }, row.value);
    }
  }

  /** What was read last, as Prometheus text. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  private toMetric({ name, help, label }: FeatureGauge): Gauge {
    const labelNames = label === undefined ? [] : [label];
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }
}
