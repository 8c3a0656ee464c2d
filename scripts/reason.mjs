/**
 * What went wrong, in words. An error that is several, such as the refusal of both addresses of localhost, has no message of its own.
 * @param {any} error
 * @returns {string}
 */
export const reasonOf = (error) => error?.message || error?.errors?.map(reasonOf).join('; ') || String(error);
