import type {
  Channel,
  Contact,
  SendResult,
  OutgoingMessage,
} from '../../src/notifications/channels/channel.js';

/** Carries messages by pigeon; the ring on its leg is the reference. */
export class PigeonChannel implements Channel {
  readonly name = 'pigeon';
  readonly carried: OutgoingMessage[] = [];

  addressOf({ email }: Contact): string | null {
    return email;
  }

  async send(message: OutgoingMessage): Promise<SendResult> {
    this.carried.push(message);
    return { status: 'sent', reference: `ring-${this.carried.length}` };
  }
}
