/** Stripe: what tells conversations apart at the edge of a row: one of a few looks, the same for the same conversation. */
/** Written out, so that the style sheet is made with them. */
const looks = [
  "border-l-accent [border-left-style:solid]",
  "border-l-info [border-left-style:solid]",
  "border-l-warn [border-left-style:solid]",
  "border-l-good [border-left-style:solid]",
  "border-l-ink [border-left-style:solid]",
  "border-l-accent [border-left-style:dashed]",
  "border-l-info [border-left-style:dashed]",
  "border-l-warn [border-left-style:dashed]",
  "border-l-good [border-left-style:dashed]",
  "border-l-ink [border-left-style:dashed]",
  "border-l-accent [border-left-style:dotted]",
  "border-l-info [border-left-style:dotted]",
  "border-l-warn [border-left-style:dotted]",
  "border-l-good [border-left-style:dotted]",
  "border-l-ink [border-left-style:dotted]",
];

export function stripeOf(conversation: string): string {
  let hash = 0;
  for (let at = 0; at < conversation.length; at++)
    hash = (Math.imul(hash, 31) + conversation.charCodeAt(at)) | 0;
  return looks[(hash >>> 3) % looks.length] as string;
}
