import { serveBare } from './bare-server.js';

/** What the machine and the generator can do at all: checked, parsed, and forgotten. */
serveBare(() => null);
