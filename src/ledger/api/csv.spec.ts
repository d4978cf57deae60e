import { expect, it } from '@jest/globals';
import { csvLine } from './csv.js';

it.each([
  [['a', null, '1'], 'a,,1\r\n'],
  [['a,b', 'say "hi"', 'two\nlines', 'two\r\nlines'], '"a,b","say ""hi""","two\nlines","two\r\nlines"\r\n'],
  [['=1+1', '+1', '-1', '@sum', '\tx', '\rx'], `'=1+1,'+1,'-1,'@sum,'\tx,"'\rx"\r\n`],
  [['=HYPERLINK("http://x","y")'], `"'=HYPERLINK(""http://x"",""y"")"\r\n`],
  [['a=b', '', '💶'], 'a=b,,💶\r\n'],
])('the fields %j are the line %j', (fields, line) => {
  expect(csvLine(fields)).toBe(line);
});
