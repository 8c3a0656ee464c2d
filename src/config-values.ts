/** The items of a comma-separated variable. */
export const list = (value = '') => value.split(',').map((item) => item.trim()).filter(Boolean);

/** Of this machine: what goes there is on no network. As in a URL, or as pg has it. */
export const isLoopback = (host: string) => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(host);

export const isUrl = (value: string, protocols = ['http:', 'https:']) => URL.canParse(value) && protocols.includes(new URL(value).protocol);
