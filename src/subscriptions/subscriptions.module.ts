import { Module } from '@nestjs/common';
import { SecretCipher } from '../feature.js';
import { SubscriptionsController } from './api/subscriptions.controller.js';
import { SubscriptionsService } from './api/subscriptions.service.js';
import { Challenge } from './challenge/challenge.js';
import { ChallengeRounds } from './challenge/challenge-rounds.js';
import { DispatchEngine } from './engine/dispatch-engine.js';
import { AddressGuard } from './guard/address-guard.js';
import { NameResolver } from './guard/name-resolver.js';
import { Redelivery } from './redelivery/redelivery.js';
import { Customers } from './sending/customers.js';
import { DispatchSender } from './sending/dispatch-sender.js';
import { HttpSender } from './sending/http-sender.js';
import { SubscriptionSecrets } from './sending/subscription-secrets.js';

/** Other systems that are told of events. */
@Module({
  controllers: [SubscriptionsController],
  providers: [
    SubscriptionsService,
    Redelivery,
    Challenge,
    ChallengeRounds,
    DispatchEngine,
    DispatchSender,
    Customers,
    HttpSender,
    SecretCipher,
    SubscriptionSecrets,
    AddressGuard,
    NameResolver,
  ],
})
export class SubscriptionsModule {}
