import { type BodyFault, faultAt, textRule, unknownMembers } from '../../feature.js';
import { MAX_REASON_LENGTH, type HoldBody } from './account.view.js';

/** Reads the body of a hold. Pure. Returns every fault with its path. */
export function readHold(body: object): HoldBody | readonly BodyFault[] {
  const { reason } = body as Record<string, unknown>;
  const faults = [
    ...unknownMembers(body, ['reason'], ''),
    ...faultAt('reason', textRule(1, MAX_REASON_LENGTH)(reason)),
  ];
  return faults.length > 0 ? faults : { reason: reason as string };
}
