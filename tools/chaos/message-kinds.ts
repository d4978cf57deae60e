/** The kinds that the service is told to send, as `MESSAGES` names them. */
export const KINDS = ['payment_failed', 'payment_received', 'receipt', 'refund_note'] as const;
export type Kind = (typeof KINDS)[number];
