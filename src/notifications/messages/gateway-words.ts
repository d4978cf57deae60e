import { Inject, Injectable, Optional } from '@nestjs/common';
import { GATEWAY_VOCABULARIES, type GatewayVocabulary } from '../../payments/index.js';
import { FailureWords } from './failure-words.js';

/** What is known of the words of the gateways in force. */
@Injectable()
export class GatewayWords {
  readonly failures: FailureWords;
  private readonly placeholders: ReadonlySet<string>;

  constructor(@Optional() @Inject(GATEWAY_VOCABULARIES) gateways: readonly GatewayVocabulary[] | null) {
    this.failures = new FailureWords(gateways ?? []);
    this.placeholders = new Set((gateways ?? []).flatMap(({ placeholderEmails = [] }) => placeholderEmails));
  }

  /** The address, or null where a gateway writes it for a customer who gave none, in whatever case. */
  contactEmail(email: string | null): string | null {
    return email !== null && this.placeholders.has(email.trim().toLowerCase()) ? null : email;
  }
}
