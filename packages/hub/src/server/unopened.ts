/** Unopened: why a port could not be opened, in words for whoever chose it. */
import { HermodError } from "hermod";

interface Place {
  readonly host: string;
  readonly port: number;
}

/** What the operating system said, as an error with a code; what it says of nothing that was chosen stays as it is. */
export function unopened(error: NodeJS.ErrnoException, { host, port }: Place): unknown {
  const { code = "" } = error;
  const where = JSON.stringify(host.slice(0, 100));
  if (code === "EADDRINUSE")
    return new HermodError("HERMOD_PORT_TAKEN", `port ${port} of ${host} is taken`, {
      ...{ cause: error, details: { host, port } },
    });
  const wrong = (option: "host" | "port", message: string, hint: string): HermodError =>
    new HermodError("HERMOD_BAD_OPTION", message, {
      ...{ cause: error, hint, details: { option, received: option === "host" ? host : port, reason: code } },
    });
  if (code === "EACCES" || code === "EPERM")
    return wrong(
      "port",
      `this user may not listen at port ${port}`,
      "Take a port from 1024 on, and let a proxy listen at the smaller one.",
    );
  if (code === "ERR_SOCKET_BAD_PORT")
    return wrong(
      "port",
      `port ${port} is none`,
      "A port is a whole number from 0 to 65535; 0 is a free one.",
    );
  if (notHere.has(code))
    return wrong(
      "host",
      `${where} is no address of this machine`,
      "Listen at 127.0.0.1, at ::1, or at an address of one of the machine's own networks.",
    );
  return error;
}

/** The name is unknown, or it is that of another machine. */
const notHere: ReadonlySet<string> = new Set([
  ...["EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAFNOSUPPORT", "EINVAL"],
]);
