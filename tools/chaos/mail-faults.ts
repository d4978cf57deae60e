import { setTimeout as sleep } from 'node:timers/promises';
import { TRAP_TIMEOUT_MS, waitForTrap, type Fault } from './fault.js';

/* The mail server, or the way to it. */

export const MAIL_FAULTS: readonly Fault[] = [
  {
    group: 'smtp',
    name: 'refusing',
    async strike(stage) {
      stage.mails.refuseMails();
      await sleep(3_200);
      stage.mails.recover();
      return true;
    },
  },
  {
    group: 'smtp',
    name: 'silent after it took a mail, then closing late',
    async strike(stage) {
      const mended = stage.beginFault();
      stage.mails.withholdReplies();
      await sleep(3_500);
      stage.mailLine.breakConnections('close');
      stage.mails.recover();
      mended();
      return true;
    },
  },
  {
    group: 'smtp',
    name: 'cut right after it took a mail',
    async strike(stage) {
      const mended = stage.beginFault();
      const hit = await waitForTrap(TRAP_TIMEOUT_MS, (reached) => {
        stage.mails.onAccepted = () => {
          stage.mailLine.breakConnections('reset');
          reached();
        };
      });
      stage.mails.recover();
      mended();
      return hit;
    },
  },
  {
    group: 'smtp',
    name: 'not there',
    async strike(stage) {
      stage.mailLine.refuseConnections();
      await sleep(3_200);
      stage.mailLine.restore();
      return true;
    },
  },
];
