export type ServiceName = 'storefront' | 'checkout' | 'payments'

/** What a service does for a caller, and how well. */
export type Operation = {
  method: 'GET' | 'POST'
  /** As in http.route: `{id}` stands for any segment. */
  route: string
  /** Of the operation's own work, without what it calls. */
  medianMs: number
  /** Share of requests that fail by the operation's own fault. */
  errorRate: number
  /** The error that they fail with. */
  error: string
  calls?: { service: ServiceName; method: 'GET' | 'POST'; path: string; retries: number }
}

export type Release = {
  service: ServiceName
  version: string
  /** What the release changed for the worse, by operation. */
  faults: Record<string, { errorRate?: number; error?: string; slower?: number }>
}

/** The share of slow requests in the latencies: p95 is about 1.8 times the median. */
export const LATENCY_SIGMA = 0.35

/** A small web shop: storefront → checkout → payments. */
export const OPERATIONS: Record<ServiceName, Operation[]> = {
  storefront: [
    get('/', 110, 'TemplateError: no banner for this locale'),
    get('/products/{id}', 140, 'CatalogueTimeout: no answer from the catalogue in 2 s'),
    get('/search', 190, 'SearchUnavailable: the index is being swapped'),
    post('/cart', 60, 'SessionExpired: the cart cookie could not be read', {
      calls: { service: 'checkout', method: 'POST', path: '/carts/{id}/items', retries: 0 },
    }),
    post('/order', 70, 'SessionExpired: the cart cookie could not be read', {
      calls: { service: 'checkout', method: 'POST', path: '/checkout', retries: 0 },
    }),
  ],
  checkout: [
    get('/carts/{id}', 90, 'CartStoreError: read timed out'),
    post('/carts/{id}/items', 100, 'CartStoreError: write timed out'),
    post('/checkout', 120, 'StockLockTimeout: could not reserve the items', {
      calls: { service: 'payments', method: 'POST', path: '/charges', retries: 1 },
    }),
  ],
  payments: [
    // The bank's sandbox: away far more often than one's own services, and tried again for that.
    post('/charges', 240, 'AcquirerUnavailable: the bank did not answer', { errorRate: 0.06 }),
    get('/charges/{id}', 160, 'AcquirerUnavailable: the bank did not answer', { errorRate: 0.06 }),
    post('/notifications', 150, 'SignatureMismatch: the bank signed with an unknown key', {
      errorRate: 0.06,
    }),
  ],
}

export const RELEASES: Release[] = [
  { service: 'storefront', version: '5.0.0', faults: {} },
  {
    service: 'storefront',
    version: '5.1.0',
    faults: { 'GET /products/{id}': { slower: 1.7 } },
  },
  { service: 'checkout', version: '2.3.0', faults: {} },
  {
    service: 'checkout',
    version: '2.4.0',
    faults: {
      'POST /checkout': {
        errorRate: 0.2,
        error: 'TypeError: cannot read properties of undefined (reading "discount")',
      },
    },
  },
  { service: 'payments', version: '1.8.0', faults: {} },
  { service: 'payments', version: '1.9.0', faults: {} },
]

export function operationName({ method, route }: Pick<Operation, 'method' | 'route'>): string {
  return `${method} ${route}`
}

/** An operation as a release performs it. */
export function performedBy(operation: Operation, { faults }: Release): Operation {
  const fault = faults[operationName(operation)]
  if (fault === undefined) return operation
  return {
    ...operation,
    errorRate: fault.errorRate ?? operation.errorRate,
    error: fault.error ?? operation.error,
    medianMs: operation.medianMs * (fault.slower ?? 1),
  }
}

type More = Partial<Pick<Operation, 'calls' | 'errorRate'>>

function get(route: string, medianMs: number, error: string, more: More = {}): Operation {
  return { method: 'GET', route, medianMs, errorRate: 0.004, error, ...more }
}

function post(route: string, medianMs: number, error: string, more: More = {}): Operation {
  return { method: 'POST', route, medianMs, errorRate: 0.005, error, ...more }
}
