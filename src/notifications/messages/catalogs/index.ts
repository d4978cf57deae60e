import type { AskingWords, Catalog } from './catalog.js';
import { de } from './de.catalog.js';
import { en } from './en.catalog.js';
import { es } from './es.catalog.js';
import { fr } from './fr.catalog.js';
import { hi } from './hi.catalog.js';

/** One line for each language, by its ISO 639 code. */
export const CATALOGS = { en, de, es, fr, hi } as const satisfies Record<string, Catalog>;
export type Language = keyof typeof CATALOGS;
export type { AskingWords, Catalog };
