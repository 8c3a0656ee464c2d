/** What a page of another origin may read of an answer, beside its body. */
export const EXPOSED = ['etag', 'x-request-id', 'idempotency-replayed', 'retry-after', 'franja-version', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'];
