/**
 * A further setting of an account, `<GATEWAY>_<SETTING>[__<ACCOUNT>]` in the environment. A wrong or missing one stops
 * the start with a sentence.
 * - `text` is one line; `url` is an https or http URL without credentials, in production https only. An account does not
 *   start without a `required` one, but for the sandbox's. The value of a `secret` one is masked in everything stored.
 *   One that is set `needs` the setting that it names, too.
 * - `oneOf` lists the words it may be. Left out, it is `default`.
 */
export type SettingRule =
  | {
      readonly kind: 'text' | 'url';
      readonly required?: boolean;
      readonly secret?: boolean;
      readonly needs?: string;
    }
  | { readonly kind: 'oneOf'; readonly oneOf: readonly string[]; readonly default: string };

/**
 * Names of gateways and of their settings. A gateway's name becomes part of URLs and, in upper case, of variables; a dash
 * cannot stand in a variable that a shell sets, and two underscores begin the account.
 */
export const GATEWAY_NAME = /^(?!.*__)[a-z][a-z0-9_]{0,30}$/;
export const SETTING_NAME = /^(?!.*__)[A-Z][A-Z0-9_]{0,40}$/;

/** What of a payment gateway the configuration needs to know; whatever describes gateways fits it by shape. */
export interface ConfigurableGateway {
  /** The brand word, {@link GATEWAY_NAME}; in upper case it is the `<GATEWAY>` of its variables. */
  readonly name: string;
  /** The webhook's path ends in the secret: `/webhooks/<name>[/<account>]/<secret>`. */
  readonly tokenInPath?: boolean;
  readonly settings?: Readonly<Record<string, SettingRule>>;
  /** The settings with which the gateway's API is asked. Two accounts that set all of them alike are one at the gateway. */
  readonly neededToAsk?: readonly string[];
  /**
   * Other programs read variables that begin with this gateway's name, too: one that names no setting is theirs. Left
   * out: it is a fault.
   */
  readonly sharesPrefix?: boolean;

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
