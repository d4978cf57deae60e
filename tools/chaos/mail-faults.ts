import { setTimeout as sleep } from 'node:timers/promises';
import { MESSAGE_TRAP_TIMEOUT_MS, waitForTrap, type Fault } from './fault.js';

/* Faults of the mail server and of the connection to it. */

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
      const endFault = stage.beginFault();
      stage.mails.withholdReplies();
      await sleep(3_500);
      stage.mailProxy.breakConnections('close');
      stage.mails.recover();
      endFault();
      return true;
    },
  },
  {
    group: 'smtp',
    name: 'cut right after it took a mail',
    async strike(stage) {
      const endFault = stage.beginFault();
      const hit = await waitForTrap(MESSAGE_TRAP_TIMEOUT_MS, (reached) => {
        stage.mails.onAccepted = () => {
          stage.mailProxy.breakConnections('reset');
          reached();
        };
      });
      stage.mails.recover();
      endFault();
      return hit;
    },
  },
  {
    group: 'smtp',
    name: 'not there',
    async strike(stage) {
      stage.mailProxy.refuseConnections();
      await sleep(3_200);
      stage.mailProxy.restore();
      return true;
    },
  },
];
