/** Sends, or throws a Fallo; a mail soon after `signal`, and may have left all the same. Answers the file it was written into, if it was. */
export type Enviar<T> = (message: T, signal?: AbortSignal) => Promise<string | undefined>;

/** Why a message did not leave, in words that hold nothing of the message: they go to the log. */
export class Fallo extends Error {
  constructor(
    message: string,
    /** Trying again now would not help. */
    readonly definitivo: boolean,
    /** Nor another day: it is this message that is refused, and not whoever sends it. */
    readonly deEste = definitivo,
  ) {
    super(message);
  }
}
