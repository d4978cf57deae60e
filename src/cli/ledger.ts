import type { LedgerDifference } from '../ledger/index.js';
import { CommandError, readOptions, runCommand, say } from './command.js';

/** Lines that are printed. The last line says how many differences there are. */
const MAX_LINES = 1_000;
/** Payments that one run books again. A further run takes the next ones. */
const MAX_BOOKED_AGAIN = 100_000;

/**
 * `npm run ledger -- --check` compares the books with every payment and lists the differences. `npm run ledger` books what
 * differs as well; what booking cannot mend stays a difference. Both run beside the service.
 * Exit code 0: the books are right. 1: there are differences. 2: the command could not run. 3: the ledger is still taking in
 * payments that were stored before it, so that they cannot be compared yet.
 */
async function main(): Promise<number> {
  const { check } = readOptions({ check: { type: 'boolean', default: false } });
  const { features } = await import('../app/features.js');
  const { bookAgain, checkLedger, ledgerFeature } = await import('../ledger/index.js');
  if (!features.includes(ledgerFeature))
    throw new CommandError('The ledger is not part of this installation.');
  const { DataSource } = await import('typeorm');
  const { createAppContext } = await import('../app/app-context.js');
  const { isCatchingUp } = await import('../operations/catch-up/catch-up.js');
  const app = await createAppContext();
  try {
    const db = app.get(DataSource);
    if (await isCatchingUp(db, ledgerFeature.name)) {
      say('The ledger is still taking in the payments that were stored before it.');
      return 3;
    }
    const summary = await checkLedger(db, list(), MAX_BOOKED_AGAIN);
    const { payments, differing, waiting, differences } = summary;
    const compared = `${payments - waiting} payments compared with the books`;
    if (waiting > 0) say(`${waiting} payments wait to be booked and are not compared.`);
    if (differences === 0) say(`${compared}: no difference.`);
    else say(`${compared}: ${differences} differences, in ${differing.length} payments.`);
    if (check || differing.length === 0) return differences === 0 ? 0 : 1;
    await bookAgain(db, differing);
    say(`${differing.length} payments booked again.`);
    return summary.lasting === 0 ? 0 : 1;
  } finally {
    await app.close();
  }
}

function list(): (difference: LedgerDifference) => void {
  let lines = 0;
  return ({ what, ledgerAccount, booked, expected }) => {
    if (lines++ < MAX_LINES) say(`${what}  ${ledgerAccount}: ${booked} booked, ${expected} expected`);
  };
}

runCommand(main);
