import { CLOCK_FAULTS } from './clock-faults.js';
import { DATABASE_FAULTS } from './database-faults.js';
import type { Fault } from './fault.js';
import { KILL_FAULTS } from './kill-faults.js';
import { PROXY_FAULTS } from './proxy-faults.js';
import { MAIL_FAULTS } from './mail-faults.js';

/** All faults, in the order in which rounds use them. */
export const FAULTS: readonly Fault[] = [
  ...KILL_FAULTS,
  ...DATABASE_FAULTS,
  ...PROXY_FAULTS,
  ...MAIL_FAULTS,
  ...CLOCK_FAULTS,
];
