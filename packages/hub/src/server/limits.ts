/** Limits: the bounds of the port. They stand alone, since whoever starts a hub needs their types and none of what serves it. */

/** Bounds of the port; times in milliseconds. */
export interface PortLimits {
  /** How long the headers of a request may take, and the whole of it; default 10 s and 30 s. */
  readonly headers: number;
  readonly request: number;
  /** How long a connection may be kept without a request; default 10 s. */
  readonly idle: number;
  /** Most connections in all, and from one address that is not this machine; default 12,000 and 512. */
  readonly connections: number;
  readonly perAddress: number;
}

export const defaultLimits: PortLimits = {
  ...{ headers: 10_000, request: 30_000, idle: 10_000 },
  ...{ connections: 12_000, perAddress: 512 },
};
