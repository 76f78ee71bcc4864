/** Meter: counts what is written to the journals and to the bucket of the owners, as a listener to the same subjects. */
import { connect, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node";

export class Meter {
  readonly #connection: NatsConnection;
  /** Messages and bytes (payload, headers, subject) that journals were given. */
  records = 0;
  bytes = 0;
  /** Messages that the bucket of the owners was given. */
  renewals = 0;

  private constructor(connection: NatsConnection) {
    this.#connection = connection;
    connection.subscribe("*.journal.*", { callback: (_, message) => this.#count(message) });
    connection.subscribe("$KV.*.member.*", { callback: () => void this.renewals++ });
  }

  static async open(url: string): Promise<Meter> {
    const connection = await connect({ servers: url });
    const meter = new Meter(connection);
    await connection.flush();
    return meter;
  }

  #count({ data, subject, headers }: Msg): void {
    this.records++;
    this.bytes += data.length + subject.length + headBytes(headers);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

/** A line for each, and one that ends them. */
function headBytes(headers: MsgHdrs | undefined): number {
  let bytes = 0;
  for (const [name, values] of headers ?? []) bytes += name.length + values.join("").length + 4;
  return bytes;
}
