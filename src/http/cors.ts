/** What a page of another origin may read of an answer, beside its body. */
export const EXPOSED = ['content-disposition', 'etag', 'x-request-id', 'idempotency-replayed', 'retry-after', 'franja-version', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'];

/** What a page of another origin may ask for: left to @fastify/cors, it may only read and POST. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** How long a browser need not ask that again: the longest that Chrome keeps. Else each request with a token takes two, but within 5 seconds. */
export const PREFLIGHT_SECONDS = 7_200;
