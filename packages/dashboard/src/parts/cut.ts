/** Cut: how many characters of a payload come, of a larger one its beginning: of what is opened, and of what stands in a line. */
export const CUT = 32_768;
export const BRIEF = 512;
