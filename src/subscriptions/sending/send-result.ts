/** How a try ended. A reason is a word of ours, and never text of the other side. */
export type SendResult =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly answer: string;
      readonly retryAfter: string | null;
    }
  | { readonly kind: 'failed'; readonly reason: string };
