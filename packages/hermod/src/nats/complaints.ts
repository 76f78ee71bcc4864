/** Complaints: what a connection tells of without being asked, from its first word on, kept until somebody listens. */
import type { NatsConnection } from "@nats-io/transport-node";
import type { HermodError } from "../core/errors.ts";
import { isRefusal, toTrouble } from "./trouble.ts";

export class Complaints {
  readonly #where: string;
  readonly #early: HermodError[] = [];
  #tell = (error: HermodError): void => void this.#early.push(error);

  constructor(connection: NatsConnection, where: string) {
    this.#where = where;
    void this.#listen(connection);
    void connection.closed().then((error) => error && this.hear(error));
  }

  readonly hear = (error: unknown): void => this.#tell(toTrouble(error, this.#where));

  /** Whom to tell, of what came before too. */
  readonly heed = (told: (error: HermodError) => void): void => {
    this.#tell = told;
    for (const error of this.#early.splice(0)) told(error);
  };

  async #listen(connection: NatsConnection): Promise<void> {
    let isRefused = false;
    for await (const status of connection.status()) {
      if (status.type === "reconnect") isRefused = false;
      if (status.type !== "error" || (isRefused && isRefusal(status.error))) continue;
      // It is refused again at each try: that is one piece of news.
      isRefused ||= isRefusal(status.error);
      this.hear(status.error);
    }
  }
}
