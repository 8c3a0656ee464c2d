/** What this process shows of itself. */
export interface ObservabilityConfig {
  /** Who scrapes /metrics must send it; without it production has no such path, and elsewhere it is open. */
  metricsToken?: string;
  /** Whether there is a /metrics at all: what nobody may read is not counted either. */
  metrics: boolean;
  /** A statement that takes longer is logged; 0 logs none. */
  slowQueryMs: number;
  /** How long a process that was told to end still takes requests, for whoever sends them to learn of it. */
  shutdownDelaySeconds: number;
  /** Whether spans are sent. Where and how, OpenTelemetry reads from its own variables. */
  traces: boolean;
}

type Integer = (name: string, fallback: number, min: number, max: number) => number;

export function readObservability(env: NodeJS.ProcessEnv, produccion: boolean, errors: string[], integer: Integer): ObservabilityConfig {
  const metricsToken = env.METRICS_TOKEN || undefined;
  if (metricsToken && !/^[\w.~+/=-]{16,200}$/.test(metricsToken)) errors.push('METRICS_TOKEN must have 16 to 200 characters, of those a bearer token may have: openssl rand -hex 32');
  return {
    metricsToken,
    metrics: !produccion || metricsToken !== undefined,
    slowQueryMs: integer('SLOW_QUERY_MS', 200, 0, 600_000),
    shutdownDelaySeconds: integer('SHUTDOWN_DELAY_SECONDS', produccion ? 5 : 0, 0, 120),
    traces: !!(env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) && env.OTEL_SDK_DISABLED?.toLowerCase() !== 'true' && env.OTEL_TRACES_EXPORTER !== 'none',
  };
}
