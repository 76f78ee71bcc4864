/** Host: the name or address in a URL, as it is compared. */

/** Without brackets, and without the dot that ends a whole name. `new URL` has made it lower case, and of a number an address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}
