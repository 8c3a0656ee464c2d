/** The items of a comma-separated variable. */
export const list = (value = '') => value.split(',').map((item) => item.trim()).filter(Boolean);

export const isUrl = (value: string, protocols = ['http:', 'https:']) => URL.canParse(value) && protocols.includes(new URL(value).protocol);
