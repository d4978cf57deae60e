import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { recordDuplicates, type DuplicateDelivery } from '../inbox/delivery-duplicates.store.js';
import { insertDeliveries, type NewDelivery } from '../inbox/delivery.store.js';
import { dropErasedUnreported } from '../inbox/drop-erased-payloads.js';
import { PayloadCipher } from '../inbox/payload-cipher.js';
import { MAX_ITEMS } from './limits.js';
import type { Finding } from './object-comparison.js';
import type { ItemKind } from './reconciliation-item.entity.js';
import { findKnownItems, insertItems, nameOfObject, type NewItem } from './reconciliation-item.store.js';
import type { ClaimedRun } from './reconciliation.store.js';

/** What a request found, counted, and the deliveries that it stored and that are not processed yet. */
export interface Stored {
  readonly missing: number;
  readonly different: number;
  readonly same: number;
  readonly problems: number;
  readonly pending: readonly string[];
}

type ItemFinding = Finding & { readonly kind: ItemKind };

const isItem = (finding: Finding): finding is ItemFinding =>
  finding.kind !== 'same' && finding.kind !== 'irrelevant';

/** Stores what a request found: objects that are missing or different as deliveries, and an item for each. */
@Injectable()
export class FindingsStore {
  constructor(private readonly cipher: PayloadCipher) {}

  /**
   * Must run in the transaction that saves the position of the run. An object that the run has an item of already is
   * left out, because a list that begins again shows it again. A dry run stores no delivery.
   */
  async store(manager: EntityManager, run: ClaimedRun, findings: readonly Finding[]): Promise<Stored> {
    const known = await findKnownItems(manager, run.id, findings);
    const fresh = withoutRepeated(findings).filter((finding) => !known.objects.has(nameOfObject(finding)));
    // A refund of a payment that this run found missing is missing too, whether the payment is processed by now or not.
    const told = fresh.map((finding) =>
      finding.kind === 'different' && known.missingPayments.has(finding.gatewayPaymentId ?? '')
        ? { ...finding, kind: 'missing' as const, difference: 'the payment was missing' }
        : finding,
    );
    const items = told.filter(isItem);
    const deliveries = run.dryRun ? [] : items.flatMap(({ delivery }) => delivery ?? []);
    const { ids, pending } = await this.storeDeliveries(manager, deliveries);
    const before = run.missing + run.different + run.problems;
    await insertItems(
      manager,
      run.id,
      items.slice(0, Math.max(0, MAX_ITEMS - before)).map((item, at): NewItem => ({
        ...item,
        number: before + at + 1,
        deliveryId: (item.delivery && ids.get(item.delivery.id)) ?? null,
      })),
    );
    const missing = items.filter(({ kind }) => kind === 'missing').length;
    const different = items.filter(({ kind }) => kind === 'different').length;
    return {
      missing,
      different,
      same: told.filter(({ kind }) => kind === 'same').length,
      problems: items.length - missing - different,
      pending,
    };
  }

  /** The ids by which the deliveries are stored. A key that is stored already keeps its delivery; a dead one is revived. */
  private async storeDeliveries(
    manager: EntityManager,
    deliveries: readonly NewDelivery[],
  ): Promise<{ ids: ReadonlyMap<string, string>; pending: readonly string[] }> {
    if (deliveries.length === 0) return { ids: new Map(), pending: [] };
    const inserted = await insertDeliveries(manager, deliveries, this.cipher);
    const known = deliveries.filter(({ id, status }) => !inserted.has(id) && status === 'pending');
    const duplicates =
      known.length > 0
        ? await recordDuplicates(manager, known, this.cipher)
        : new Map<string, DuplicateDelivery>();
    const ids = new Map<string, string>([
      ...[...inserted].map((id): [string, string] => [id, id]),
      ...[...duplicates].map(([given, { id }]): [string, string] => [given, id]),
    ]);
    const unreported = deliveries.filter(({ id, status }) => inserted.has(id) && status !== 'pending');
    await dropErasedUnreported(
      manager,
      unreported.map((delivery) => ({ ...delivery, bytes: delivery.raw })),
    );
    return {
      ids,
      pending: deliveries.filter(({ status }) => status === 'pending').flatMap(({ id }) => ids.get(id) ?? []),
    };
  }
}

/** A page that changed while it was read may show an object twice. */
function withoutRepeated(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [nameOfObject(finding), finding])).values()];
}
