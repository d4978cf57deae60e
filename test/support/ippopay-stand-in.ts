export * from '../../src/simulator/ippopay-stand-in.js';
