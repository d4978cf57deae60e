import 'reflect-metadata';
import { describe, it } from 'node:test';
import { describeGateway } from 'payhook/testing';
import { acmeGateway } from '../src/acme.gateway.js';
import { acmeSimulator } from '../src/acme.simulator.js';

describeGateway({ gateway: acmeGateway, simulator: acmeSimulator }, { describe, it });
