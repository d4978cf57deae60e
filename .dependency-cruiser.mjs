/**
 * Who may know whom. Type imports count: knowing a shape is knowing. `test/architecture/import-rules.spec.ts` breaks
 * every rule once and sees it fire; a rule added here needs its line there.
 */

/** Rooms that may see every feature. */
const TOP = 'app|cli|operations|console|schema|testing';
/** Rooms that are no features: those above them, the platform below them, and the simulator beside them. */
const NO_FEATURE = `${TOP}|simulator|platform`;
/** The start of the service, and what the package publishes. */
const ENTRIES = '(main|app\\.module|index|feature|gateway|testing/index)\\.ts$';
/** A folder of one gateway: what lies beside the gateways for all of them has folders, too. */
const GATEWAY_FOLDER = 'webhooks/gateways/(?!fields/)[^/]+/';
const SPEC = '\\.(spec|e2e-spec)\\.ts$';
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/**
 * The rooms of webhooks, each with those that it must not import: what lies to its right in
 * `gateways → message → inbox → {payloads, secrets, refusals}`, which branches into `receive`, `confirm` and
 * `processing → replay → reconciliation → api`, and `activity → api`.
 */
const WEBHOOK_ROOMS = {
  gateways:
    'message|inbox|payloads|secrets|refusals|activity|receive|processing|confirm|replay|reconciliation|api',
  message: 'inbox|payloads|secrets|refusals|activity|receive|processing|confirm|replay|reconciliation|api',
  inbox: 'payloads|secrets|refusals|activity|receive|processing|confirm|replay|reconciliation|api',
  secrets: 'payloads|refusals|activity|receive|processing|confirm|replay|reconciliation|api',
  refusals: 'payloads|activity|receive|processing|confirm|replay|reconciliation|api',
  activity: 'payloads|receive|processing|confirm|replay|reconciliation|api',
  payloads: 'activity|receive|processing|confirm|replay|reconciliation|api',
  receive: 'activity|processing|confirm|replay|reconciliation|api',
  processing: 'activity|receive|confirm|replay|reconciliation|api',
  confirm: 'activity|receive|processing|replay|reconciliation|api',
  replay: 'receive|reconciliation|api|confirm',
  reconciliation: 'receive|api|confirm',
  api: 'receive|confirm',
};
const webhookRooms = Object.entries(WEBHOOK_ROOMS).map(([room, right]) =>
  rule(
    `webhooks-${room}-imports-leftwards`,
    ['receive', 'confirm', 'processing'].includes(room)
      ? 'Receiving and processing meet only in the inbox: what is received is on disk before anything is made of it.'
      : 'A message goes through the rooms from left to right, and a room knows only those that it has passed.',
    { path: `^src/webhooks/${room}/`, pathNot: SPEC },
    { path: `^src/webhooks/((${right})/|webhooks\\.module\\.ts$|index\\.ts$)` },
  ),
);

export default {
  forbidden: [
    rule(
      'platform-knows-nothing-above-it',
      'Configuration, database, jobs, events, HTTP and logging serve every feature. They know none, and none of the rooms above.',
      { path: '^src/platform/' },
      { path: '^src/', pathNot: '^src/platform/' },
    ),
    rule(
      'payments-know-the-platform-only',
      'Payments are the core: they outlive every gateway and every channel.',
      { path: '^src/payments/' },
      { path: '^src/', pathNot: '^src/(payments|platform)/' },
    ),
    rule(
      'features-know-payments-and-the-platform-only',
      'A feature can be removed without touching another one. Orders are the second thing that features may share.',
      { path: `^src/(?!(?:${NO_FEATURE}|payments)/)([^/]+)/`, pathNot: '\\.simulator(\\.spec)?\\.ts$' },
      {
        path: '^src/',
        pathNot:
          '^src/($1/|platform/|feature\\.ts$|(payments|orders)/index\\.ts$|payments/report/index\\.ts$)',
      },
    ),
    rule(
      'what-follows-a-payment-knows-the-published-surface-only',
      'Orders, books and what comes after them are built as a team outside of Payhook would build them. What they miss is missing in the package, and is added to `src/feature.ts` for everybody.',
      { path: '^src/(orders|ledger|accounts|subscriptions)/' },
      { path: '^src/', pathNot: '^src/($1/|feature\\.ts$)' },
    ),
    rule(
      'features-only-through-their-index',
      'Inside, a feature must be free to change. The application takes its module, the list of tables its entities, and the package what it publishes.',
      { path: '^src/([^/]+)', pathNot: `^src/(simulator/|${ENTRIES})|\\.simulator(\\.spec)?\\.ts$` },
      {
        path: `^src/(?!(?:${NO_FEATURE})/)[^/]+/`,
        pathNot:
          '^src/($1/|[^/]+/index\\.ts$|payments/report/index\\.ts$|[^/]+/[a-z]+\\.module\\.ts$|webhooks/gateways/index\\.ts$|webhooks/gateways/gateways\\.module\\.ts$)|\\.entity\\.ts$',
      },
    ),
    rule(
      'entities-meet-in-the-schema-only',
      'One place names every table. A feature that reads a table of another one goes through its index.',
      { path: '^src/([^/]+)', pathNot: `^src/schema/entities\\.ts$|${SPEC}` },
      { path: '^src/.*\\.entity\\.ts$', pathNot: '^src/($1|platform)/' },
    ),
    rule(
      'features-meet-in-few-places',
      'The application, its commands, operations, the console and the schema. A folder that is none of them is a feature.',
      { path: '^src/[^/]+\\.ts$', pathNot: `^src/${ENTRIES}` },
      { path: '^src/(?!(?:platform|payments|orders)/)' },
    ),
    rule(
      'simulator-plays-gateways-only',
      "The gateways' side of the wire sees what a gateway sees; nothing of what we make of it.",
      { path: '^src/simulator/', pathNot: SPEC },
      {
        path: '^src/(?!platform/)|^src/platform/(database|events|http|jobs)/',
        pathNot: '^src/(simulator/|payments/index\\.ts$|webhooks/(gateways|message)/)',
      },
    ),
    rule(
      'payments-reports-know-no-room',
      'A gateway translates into reports. Reports depend on nothing else in payments.',
      { path: '^src/payments/report/' },
      { path: '^src/payments/', pathNot: '^src/payments/report/' },
    ),
    rule(
      'payments-projection-knows-reports',
      'The projection is pure: it folds reports, and knows neither rows nor events.',
      { path: '^src/payments/projection/' },
      { path: '^src/payments/', pathNot: '^src/payments/(report|projection)/' },
    ),
    rule(
      'payments-events-know-the-projection',
      'Events carry what the projection derives. They know nobody who records or publishes them.',
      { path: '^src/payments/payment\\.events\\.ts$' },
      { path: '^src/payments/', pathNot: '^src/payments/(report|projection)/' },
    ),
    rule(
      'payments-recording-knows-the-projection',
      'Recording owns the tables. It serves the handler, the rebuild, privacy and the read API, and knows none of them.',
      { path: '^src/payments/recording/' },
      {
        path: '^src/payments/',
        pathNot: '^src/payments/((report|projection|recording)/|payment\\.events\\.ts$)',
      },
    ),
    rule(
      'payments-rooms-never-meet',
      'The handler, the rebuild, privacy and the read API lean on recording. What two of them need belongs there.',
      { path: '^src/payments/(handlers|rebuild|privacy|api)/' },
      {
        path: '^src/payments/',
        pathNot: '^src/payments/((report|projection|recording|$1)/|payment\\.events\\.ts$)',
      },
    ),
    ...webhookRooms,
    rule(
      'a-gateway-is-an-island',
      "A gateway's folder knows the seam and what lies beside it for all gateways, the words of payments, and the simulator's interface: so it can be removed by deleting it and its line.",
      { path: `^src/${GATEWAY_FOLDER}`, pathNot: SPEC },
      {
        path: '^src/',
        pathNot:
          '^src/(webhooks/gateways/[^/]+/|webhooks/gateways/(?!index|gateways\\.module|gateway-registry)[^/]+\\.ts$|payments/index\\.ts$|simulator/gateway-simulator\\.ts$)',
      },
    ),
    rule(
      'gateways-never-meet',
      'What two gateways share lies beside their folders. A gateway that borrows from another breaks with it.',
      { path: '^src/webhooks/gateways/([^/]+)/' },
      { path: `^src/${GATEWAY_FOLDER}`, pathNot: '^src/webhooks/gateways/$1/' },
    ),
    rule(
      'a-gateway-is-named-once',
      'One line for the gateway and one for its simulator: no other code may know that a certain gateway exists.',
      {
        path: '^src/',
        pathNot: `^src/(webhooks/gateways/([^/]+/|index\\.ts$)|simulator/simulators\\.ts$)|${SPEC}`,
      },
      { path: `^src/${GATEWAY_FOLDER}` },
    ),
    rule(
      'no-simulator-in-the-service',
      'Only the demo, the simulate command, tests and benches sign as a gateway does; the service only ever verifies.',
      {
        path: '^src/',
        pathNot: `^src/((simulator|testing)/|cli/simulate\\.ts$)|\\.simulator\\.ts$|${SPEC}`,
      },
      { path: '^src/simulator/|\\.simulator\\.ts$' },
    ),
    rule(
      'mail-only-in-channels',
      'One place speaks SMTP, so that there is one place that can leak an address.',
      { path: '^src/', pathNot: '^src/notifications/channels/' },
      { path: '(^|/)node_modules/(@types/)?nodemailer/' },
    ),
    rule(
      'no-tests-in-production',
      'What ships does not depend on what proves it. Specs beside the code may use builders.',
      { path: '^src/', pathNot: SPEC },
      { path: `^(test|tools)/|${SPEC}` },
    ),
    rule(
      'no-dev-dependency-in-production',
      'It is missing where only the dependencies are installed. A type leaves nothing behind.',
      { path: '^src/', pathNot: SPEC },
      {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: '(^|/)node_modules/@types/',
      },
    ),
    rule(
      'no-undeclared-package',
      'A package that is only there because another one needs it may be gone after the next update.',
      {},
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'no-unresolvable-import',
      'An import that leads nowhere is seen by no other rule.',
      {},
      { couldNotResolve: true },
    ),
    rule(
      'no-cycle',
      'Files that need each other are one file, or have their parts in the wrong places. Type-only cycles too: they are how the other kind begins.',
      {},
      { circular: true },
    ),
    rule(
      'no-orphan',
      'Code that nobody imports is dead, or was meant to be wired. Programs and specs are where imports begin.',
      {
        orphan: true,
        pathNot: `^(src/(main|index|gateway|cli/[a-z-]+)\\.ts|ormconfig\\.ts|test/support/global-[a-z]+\\.mjs|tools/([a-z]+/main|chaos/preload)\\.ts)$|${SPEC}`,
      },
      {},
    ),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: '(^|/)node_modules/' },
    // A package of its own, with dependencies of its own: `npm run check:bench` compiles it.
    exclude: { path: '^tools/bench/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
