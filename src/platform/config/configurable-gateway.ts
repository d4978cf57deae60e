/** What of a payment gateway the configuration needs to know; whatever describes gateways fits it by shape. */
export interface ConfigurableGateway {
  /** The brand word; in upper case it is the `<GATEWAY>` of its variables. */
  readonly name: string;
  /** The webhook's path ends in the secret: `/webhooks/<name>[/<account>]/<secret>`. */
  readonly tokenInPath?: boolean;
  /** Names of further settings: `<GATEWAY>_<SETTING>[__<ACCOUNT>]`. Those ending in `URL` must be http(s) URLs. */
  readonly settings?: readonly string[];

  /** What is wrong with a secret, as the end of a sentence; null when nothing is. Never repeats it. */
  checkSecret?(secret: string): string | null;
  /** The mode its settings tell, where they do: it wins over `WEBHOOK_MODE_<GATEWAY>`. */
  modeOf?(settings: Readonly<Record<string, string>>): 'live' | 'test' | null;
  /**
   * A sandbox secret as this gateway writes them, made of 32 random bytes. The same bytes give the same secret.
   * Without one: the bytes in base64url, 43 characters.
   */
  makeSecret?(random: Buffer): string;
}

/** The account of a variable, or of a webhook's path, that names none. */
export const DEFAULT_ACCOUNT = 'default';
