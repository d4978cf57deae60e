import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from './planted-copy.js';

const OWNER = 'platform/database/advisory-locks.ts';

describe('advisory locks', () => {
  it('are taken in one file, so that no two of them can have the same number by accident', () => {
    const files = readdirSync(join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) =>
      /pg_(try_)?advisory_/.test(
        path.endsWith('.ts') ? readFileSync(join(PROJECT, 'src', path), 'utf8') : '',
      ),
    );
    expect(files).toEqual([OWNER]);
  });
});
