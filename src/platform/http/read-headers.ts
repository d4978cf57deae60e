import type { Request, Response } from 'express';
import helmet from 'helmet';

/**
 * Sets the headers of every response except those to webhooks: helmet's, and `Cache-Control: no-store`. Payments,
 * deliveries and messages hold personal data. A copy in a shared cache or on a browser's disk would outlive an erasure.
 */
export function responseHeaders(): (request: Request, response: Response, next: () => void) => void {
  const protect = helmet();
  return (request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    protect(request, response, next);
  };
}
