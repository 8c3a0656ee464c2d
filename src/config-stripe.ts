import { isUrl } from './config-values.js';

/** The gateway that takes payments; without it invoices are paid by hand. */
export interface StripeConfig {
  stripe?: {
    secretKey: string;
    webhookSecret: string;
    /** Where its API is, when it is not Stripe's own. */
    apiBase?: URL;
  };
}

export function readStripe(env: NodeJS.ProcessEnv, appUrl: string, errors: string[]): StripeConfig {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecret, STRIPE_API_BASE: base } = env;
  if (!!secretKey !== !!webhookSecret) errors.push('STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET go together');
  if (secretKey && !/^(sk|rk)_/.test(secretKey)) errors.push('STRIPE_SECRET_KEY must begin with sk_ or rk_');
  if (webhookSecret && !webhookSecret.startsWith('whsec_')) errors.push('STRIPE_WEBHOOK_SECRET must begin with whsec_');
  if (base && !isUrl(base)) errors.push('STRIPE_API_BASE must be an http or https URL');
  if (secretKey && !appUrl) errors.push('APP_URL is required with STRIPE_SECRET_KEY: where people come back to after paying');
  if (!secretKey || !webhookSecret) return {};
  return { stripe: { secretKey, webhookSecret, apiBase: base && URL.canParse(base) ? new URL(base) : undefined } };
}
