export * from '../../src/simulator/ippopay-fake-api.js';
