import type { Channel, Contact, OutgoingMessage, SendResult } from 'payhook';

/** Where a provider of text messages would be called. */
export class TextMessageChannel implements Channel {
  readonly name = 'text-message';
  readonly sent: OutgoingMessage[] = [];

  addressOf({ phone }: Contact): string | null {
    return phone;
  }

  async send(message: OutgoingMessage): Promise<SendResult> {
    this.sent.push(message);
    return { status: 'sent', reference: null };
  }
}
