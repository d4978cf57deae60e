/*
 * When the work of a process that ended, or lost its line to the database, is taken over. Times in milliseconds.
 *
 * A process that lives beside one that was killed: the server sees the end of the connection at once, the next look
 * comes within LOOK_MS, and the looks that follow it see the session dead for GRACE_MS: at most 250 + 1,250 ms.
 *
 * A line that is cut without a word: the process starts nothing CONFIRMED_FOR_MS after it sent the last statement that
 * was answered. The server cannot drop the session earlier than SERVER_NOTICES_MS after it received that statement. Send
 * comes before receipt, so between the two lie at least 10,000 - 5,000 ms, and the grace. The server drops it at the
 * latest one probe later, so the work is taken over within 10,000 + 2,000 + 250 + 1,250 = 13,500 ms.
 */

/** Pause between two looks at the sessions. Each look also confirms the process's own. */
export const LOOK_MS = 250;

/**
 * How long a session is seen dead before its work is taken over. In this time a process whose connection broke, or whose
 * server restarted, takes its session again.
 */
export const GRACE_MS = 1_000;

/** How long after a confirmed look the process may start what it claimed. */
export const CONFIRMED_FOR_MS = 5_000;

/** How long after its last look, or its start, a process without a session claims nothing. Then it claims by the clock. */
export const WAIT_FOR_SESSION_MS = 10_000;

/** How the server finds that a line is cut: by probes where it is idle, and by the timeout where it waits for an ACK. */
export const SERVER_NOTICES = {
  tcp_keepalives_idle: 4,
  tcp_keepalives_interval: 2,
  tcp_keepalives_count: 3,
  tcp_user_timeout: 10_000,
} as const;

/** The earliest and the latest moment at which the server drops a session after the last byte that it received. */
export const SERVER_NOTICES_MS = {
  earliest: Math.min(
    SERVER_NOTICES.tcp_user_timeout,
    1_000 *
      (SERVER_NOTICES.tcp_keepalives_idle +
        SERVER_NOTICES.tcp_keepalives_interval * SERVER_NOTICES.tcp_keepalives_count),
  ),
  latest: SERVER_NOTICES.tcp_user_timeout + 1_000 * SERVER_NOTICES.tcp_keepalives_interval,
} as const;

/** A moment by two clocks: one stands still while the machine sleeps, the other can be set. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

export const currentMoment = (): Moment => ({ monotonic: performance.now(), wall: Date.now() });

/** Milliseconds from one moment to another, by the clock that ran further. */
export const msBetween = (from: Moment, to: Moment): number =>
  Math.max(to.monotonic - from.monotonic, to.wall - from.wall);
