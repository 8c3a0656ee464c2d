/** Sends, or throws a Fallo. Answers the file it was written into, if it was. */
export type Enviar<T> = (message: T) => Promise<string | undefined>;

/** Why a message did not leave, in words that hold nothing of the message: they go to the log. */
export class Fallo extends Error {
  constructor(
    message: string,
    /** Trying again would not help. */
    readonly definitivo: boolean,
  ) {
    super(message);
  }
}
