/** Cut: from which size on a payload comes cut, in characters. */
export const CUT = 32_768;
