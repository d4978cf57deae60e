import type { Request, Response } from 'express';
import helmet from 'helmet';

/**
 * Headers of every answer but those to webhooks: helmet's, and that nothing of it is kept on the way. Payments,
 * deliveries and messages hold people's data, and a shared cache or a browser's disk would outlive every erasure.
 */
export function responseHeaders(): (request: Request, response: Response, next: () => void) => void {
  const protect = helmet();
  return (request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    protect(request, response, next);
  };
}
