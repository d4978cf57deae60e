import { problemOf, type Problem, type ProblemType } from '../../feature.js';

export const NOT_ALLOWED_NOW: ProblemType = {
  type: '/problems/order-status',
  title: 'The status of the order does not allow this',
  status: 409,
  when: 'the order is in a status that does not allow it; `detail` says why',
};

/** An operator has to look at its payments: `GET /orders/:orderId` shows the order as it was last computed. */
export const UNCOMPUTABLE: ProblemType = {
  type: '/problems/order-uncomputable',
  title: 'The money of the order cannot be computed',
  status: 409,
  when: 'a payment of the order is stored with what is no amount; nothing was changed',
};

export const notAllowedNow = (detail: string): Problem => problemOf(NOT_ALLOWED_NOW, { detail });
