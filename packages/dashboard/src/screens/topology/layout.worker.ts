/** The layout, beside the page: a large one takes as long as several frames. */
import { ranked, type Sketch } from "./layout.ts";

addEventListener(
  "message",
  ({ data }: MessageEvent<{ readonly number: number; readonly sketch: Sketch }>) => {
    postMessage({ number: data.number, places: ranked(data.sketch) });
  },
);
