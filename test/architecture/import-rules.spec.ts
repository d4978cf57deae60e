import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PlantedCopy } from './planted-copy.js';

/** A rule, a file that breaks it, and what that file imports. */
const FAULTS: readonly (readonly [rule: string, file: string, imported: string])[] = [
  ['platform-knows-nothing-above-it', 'src/platform/config/planted-payments.ts', '../../payments/index.js'],
  ['platform-knows-nothing-above-it', 'src/platform/http/planted-inbox.ts', '../../webhooks/index.js'],
  ['platform-knows-nothing-above-it', 'src/platform/database/planted-tables.ts', '../../schema/index.js'],
  ['platform-knows-nothing-above-it', 'src/platform/jobs/planted-app.ts', '../../app/service-lines.js'],
  ['payments-know-the-platform-only', 'src/payments/planted-webhooks.ts', '../webhooks/index.js'],
  ['payments-know-the-platform-only', 'src/payments/planted-stats.ts', '../operations/monitoring/stats.js'],
  ['payments-know-the-platform-only', 'src/payments/api/planted-stories.ts', '../../simulator/stories.js'],
  ['payments-know-the-platform-only', 'src/payments/planted-tables.ts', '../schema/index.js'],
  [
    'features-know-payments-and-the-platform-only',
    'src/webhooks/planted-mail.ts',
    '../notifications/index.js',
  ],
  ['features-know-payments-and-the-platform-only', 'src/notifications/planted-in.ts', '../webhooks/index.js'],
  ['features-know-payments-and-the-platform-only', 'src/orders/planted-in.ts', '../webhooks/index.js'],
  ['features-know-payments-and-the-platform-only', 'src/webhooks/planted-app.ts', '../app/service-lines.js'],
  ['features-know-payments-and-the-platform-only', 'src/webhooks/planted-tables.ts', '../schema/index.js'],
  [
    'what-follows-a-payment-knows-the-published-surface-only',
    'src/ledger/planted-page.ts',
    '../platform/http/page.js',
  ],
  [
    'what-follows-a-payment-knows-the-published-surface-only',
    'src/orders/planted-payments.ts',
    '../payments/index.js',
  ],
  [
    'features-only-through-their-index',
    'src/webhooks/planted-projection.ts',
    '../payments/projection/projection.js',
  ],
  [
    'features-only-through-their-index',
    'src/operations/planted-aggregate.ts',
    '../payments/recording/payment-aggregate.js',
  ],
  ['features-only-through-their-index', 'src/cli/planted-inbox.ts', '../webhooks/inbox/inbox.js'],
  ['entities-meet-in-the-schema-only', 'src/app/planted-rows.ts', '../webhooks/inbox/delivery.entity.js'],
  ['features-meet-in-few-places', 'src/planted.ts', './webhooks/index.js'],
  ['features-meet-in-few-places', 'src/planted-top.ts', './operations/operations.module.js'],
  ['simulator-plays-gateways-only', 'src/simulator/planted-inbox.ts', '../webhooks/inbox/inbox.js'],
  ['payments-reports-know-no-room', 'src/payments/report/planted-fold.ts', '../projection/refunds.js'],
  ['payments-reports-know-no-room', 'src/payments/report/planted-events.ts', '../payment.events.js'],
  ['payments-projection-knows-reports', 'src/payments/projection/planted-events.ts', '../payment.events.js'],
  [
    'payments-projection-knows-reports',
    'src/payments/projection/planted-row.ts',
    '../recording/payment-row.js',
  ],
  ['payments-events-know-the-projection', 'src/payments/payment.events.ts', './recording/payment-row.js'],
  [
    'payments-recording-knows-the-projection',
    'src/payments/recording/planted-privacy.ts',
    '../privacy/customer-data.js',
  ],
  ['payments-rooms-never-meet', 'src/payments/api/planted-privacy.ts', '../privacy/customer-search.js'],
  ['payments-rooms-never-meet', 'src/payments/rebuild/planted-view.ts', '../api/payment.view.js'],
  [
    'webhooks-gateways-imports-leftwards',
    'src/webhooks/gateways/planted-parse.ts',
    '../message/parse-body.js',
  ],
  ['webhooks-message-imports-leftwards', 'src/webhooks/message/planted-inbox.ts', '../inbox/inbox.js'],
  [
    'webhooks-inbox-imports-leftwards',
    'src/webhooks/inbox/planted-guard.ts',
    '../receive/webhook-signature.guard.js',
  ],
  [
    'webhooks-inbox-imports-leftwards',
    'src/webhooks/inbox/planted-processor.ts',
    '../processing/handoff-processor.js',
  ],
  ['webhooks-inbox-imports-leftwards', 'src/webhooks/inbox/planted-module.ts', '../webhooks.module.js'],
  ['webhooks-secrets-imports-leftwards', 'src/webhooks/secrets/planted-log.ts', '../refusals/refusal-log.js'],
  ['webhooks-refusals-imports-leftwards', 'src/webhooks/refusals/planted-body.ts', '../receive/raw-body.js'],
  ['webhooks-activity-imports-leftwards', 'src/webhooks/activity/planted-view.ts', '../api/delivery.view.js'],
  [
    'webhooks-payloads-imports-leftwards',
    'src/webhooks/payloads/planted-worker.ts',
    '../processing/delivery-worker.js',
  ],
  [
    'webhooks-receive-imports-leftwards',
    'src/webhooks/receive/planted-worker.ts',
    '../processing/delivery-worker.js',
  ],
  [
    'webhooks-processing-imports-leftwards',
    'src/webhooks/processing/planted-guard.ts',
    '../receive/webhook-signature.guard.js',
  ],
  [
    'webhooks-reconciliation-imports-leftwards',
    'src/webhooks/reconciliation/planted-view.ts',
    '../api/delivery.view.js',
  ],
  [
    'webhooks-confirm-imports-leftwards',
    'src/webhooks/confirm/planted-worker.ts',
    '../processing/fetch-worker.js',
  ],
  ['webhooks-replay-imports-leftwards', 'src/webhooks/replay/planted-view.ts', '../api/delivery.view.js'],
  ['webhooks-api-imports-leftwards', 'src/webhooks/api/planted-headers.ts', '../receive/masked-headers.js'],
  ['a-gateway-is-an-island', 'src/webhooks/gateways/stripe/planted-inbox.ts', '../../inbox/inbox.js'],
  ['a-gateway-is-an-island', 'src/webhooks/gateways/stripe/planted-list.ts', '../index.js'],
  [
    'a-gateway-is-an-island',
    'src/webhooks/gateways/stripe/planted-env.ts',
    '../../../platform/config/env.js',
  ],
  ['gateways-never-meet', 'src/webhooks/gateways/stripe/planted-kinds.ts', '../razorpay/razorpay.kinds.js'],
  ['gateways-never-meet', 'src/webhooks/gateways/stripe/planted.spec.ts', '../razorpay/razorpay.kinds.js'],
  ['a-gateway-is-named-once', 'src/webhooks/planted-stripe.ts', './gateways/stripe/stripe.gateway.js'],
  ['no-simulator-in-the-service', 'src/webhooks/planted-player.ts', '../simulator/player.js'],
  ['mail-only-in-channels', 'src/notifications/planted-mail.ts', 'nodemailer'],
  ['no-tests-in-production', 'src/payments/planted-builder.ts', '../../test/builders/report.builder.js'],
  ['no-tests-in-production', 'src/payments/planted-bench.ts', '../../tools/planted.js'],
  ['no-dev-dependency-in-production', 'src/notifications/channels/planted-server.ts', 'smtp-server'],
  ['no-undeclared-package', 'src/platform/http/planted-cookie.ts', 'cookie'],
  ['no-unresolvable-import', 'src/platform/http/planted-nowhere.ts', './nowhere.js'],
  ['no-cycle', 'src/platform/http/planted-cycle-here.ts', './planted-cycle-there.js'],
  ['no-cycle', 'src/platform/http/planted-type-cycle-here.ts', './planted-type-cycle-there.js'],
];

const ORPHAN = 'src/payments/planted-orphan.ts';

interface Report {
  summary: {
    violations: { from: string; rule: { name: string } }[];
    ruleSetUsed: { forbidden: { name: string }[] };
  };
}

describe('the import rules', () => {
  let copy: PlantedCopy;
  const check = (): Report['summary'] => {
    const options = [
      '--config',
      '.dependency-cruiser.mjs',
      '--output-type',
      'json',
      'src',
      'test',
      'tools',
      'ormconfig.ts',
    ];
    return (copy.report('dependency-cruiser/bin/dependency-cruise.mjs', ...options) as Report).summary;
  };
  const told = ({ violations }: Report['summary']): string[] =>
    violations.map(({ from, rule }) => `${from} breaks ${rule.name}`);

  beforeAll(() => {
    copy = new PlantedCopy();
  });
  afterAll(() => copy.remove());

  it('find nothing in the tree as it is, and each of them what is planted against it', () => {
    const clean = check();
    expect(told(clean)).toEqual([]);

    for (const [, file, imported] of FAULTS) copy.plant(file, `import '${imported}';\n`);
    copy.plant('tools/planted.ts', 'export const planted = 1;\n');
    copy.plant('src/platform/http/planted-cycle-there.ts', "import './planted-cycle-here.js';\n");
    copy.plant(
      'src/platform/http/planted-type-cycle-here.ts',
      "import type { There } from './planted-type-cycle-there.js';\nexport interface Here { there: There }\n",
    );
    copy.plant(
      'src/platform/http/planted-type-cycle-there.ts',
      "import type { Here } from './planted-type-cycle-here.js';\nexport interface There { here: Here }\n",
    );
    copy.plant(ORPHAN, 'export const planted = 1;\n');

    const expected = [
      ...FAULTS.map(([rule, file]) => `${file} breaks ${rule}`),
      `${ORPHAN} breaks no-orphan`,
    ];
    const found = new Set(told(check()));
    expect(expected.filter((fault) => !found.has(fault))).toEqual([]);

    const proven = new Set([...FAULTS.map(([rule]) => rule), 'no-orphan']);
    const rules = clean.ruleSetUsed.forbidden.map(({ name }) => name);
    expect(rules.filter((name) => !proven.has(name))).toEqual([]);
  });
});
