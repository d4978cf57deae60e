import { setTimeout as sleep } from 'node:timers/promises';
import { TRAP_MS, within, type Fault } from './fault.js';

/* The mail server, or the way to it. */

export const MAIL_FAULTS: readonly Fault[] = [
  {
    group: 'smtp',
    name: 'refusing',
    async strike(stage) {
      stage.mails.refuse();
      await sleep(3_200);
      stage.mails.recover();
      return true;
    },
  },
  {
    group: 'smtp',
    name: 'silent after it took a mail, then closing late',
    async strike(stage) {
      const mended = stage.broke();
      stage.mails.fallSilent();
      await sleep(3_500);
      stage.mailLine.cut('close');
      stage.mails.recover();
      mended();
      return true;
    },
  },
  {
    group: 'smtp',
    name: 'cut right after it took a mail',
    async strike(stage) {
      const mended = stage.broke();
      const hit = await within(TRAP_MS, (reached) => {
        stage.mails.onTaken = () => {
          stage.mailLine.cut('reset');
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
      stage.mailLine.refuse();
      await sleep(3_200);
      stage.mailLine.mend();
      return true;
    },
  },
];
