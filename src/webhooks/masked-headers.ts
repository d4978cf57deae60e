/** Headers that authenticate: of these only the presence is kept. */
const SECRET = /authori[sz]ation|cookie|signature|token|secret|api-?key|hmac|password/i;

const MASK = '***';

/** Name and value as received, in order; what authenticates is masked before anything is stored or shown. */
export function maskedHeaders(rawHeaders: readonly string[]): [string, string][] {
  const headers: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    headers.push([name, SECRET.test(name) ? MASK : value]);
  }
  return headers;
}
