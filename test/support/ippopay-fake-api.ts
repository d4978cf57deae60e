export * from '../../src/webhooks/gateways/ippopay/ippopay-api.simulator.js';
