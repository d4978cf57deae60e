import type {
  Channel,
  Contact,
  DeliveryOutcome,
  OutgoingMessage,
} from '../../src/notifications/channels/channel.js';

/** Carries messages by pigeon; the ring on its leg is the reference. */
export class PigeonChannel implements Channel {
  readonly name = 'pigeon';
  readonly carried: OutgoingMessage[] = [];

  addressOf({ email }: Contact): string | null {
    return email;
  }

  async deliver(message: OutgoingMessage): Promise<DeliveryOutcome> {
    this.carried.push(message);
    return { status: 'sent', reference: `ring-${this.carried.length}` };
  }
}
