import type { LoggerService } from '@nestjs/common';
import type { FastifyBaseLogger } from 'fastify';

/** What Nest and the services of this project say, as lines of the same log as the requests. */
export class NestLogger implements LoggerService {
  constructor(private readonly sink: FastifyBaseLogger) {}

  error(message: unknown, ...rest: unknown[]) {
    this.#write('error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]) {
    this.#write('fatal', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]) {
    this.#write('warn', message, rest);
  }

  /** A line for each route and module, as they start: nobody misses them. */
  log(message: unknown, ...rest: unknown[]) {
    this.#write('debug', message, rest);
  }

  /** Nest puts the name of who speaks last, and before it, of an error, the stack. */
  #write(level: 'error' | 'fatal' | 'warn' | 'debug', message: unknown, rest: unknown[]) {
    const [context, stack] = rest.filter((part) => typeof part === 'string').toReversed();
    this.sink[level]({ context, stack }, message instanceof Error ? message.message : String(message));
  }
}
