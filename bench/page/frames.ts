/** Frames: how smoothly a page is drawn while something happens on it. */
import type { Page } from "playwright-core";

export interface Frames {
  readonly fps: number;
  /** The frame that only one in twenty is longer than, in milliseconds. */
  readonly p95: number;
}

/** In the page: notes when each frame begins, until somebody takes the notes. */
const BEGIN = `{
  const seen = (window.frames_ = []);
  const note = (at) => {
    seen.push(at);
    if (window.frames_ === seen) requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
}`;
const END = "(() => { const seen = window.frames_; delete window.frames_; return seen; })()";

/** Draws while `work` goes on. */
export async function framesDuring(page: Page, work: () => Promise<unknown>): Promise<Frames> {
  await page.evaluate(BEGIN);
  await work();
  const at = await page.evaluate<readonly number[]>(END);
  const gaps = at.slice(1).map((each, before) => each - (at[before] as number));
  const sorted = gaps.toSorted((a, b) => a - b);
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  return { fps: (gaps.length * 1000) / total, p95: sorted[Math.floor(sorted.length * 0.95)] ?? Infinity };
}

/** Scrolls what is scrolled there to its end and back, a step each frame; gives how far it went, in pixels. */
export function scroll(page: Page, selector: string, seconds: number): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const at = document.querySelector(${JSON.stringify(selector)});
    if (at === null) throw new Error("nothing is scrolled at " + ${JSON.stringify(selector)});
    const began = performance.now();
    let far = 0;
    const step = (now) => {
      const part = ((now - began) / ${seconds * 1000}) * 2;
      at.scrollTop = (at.scrollHeight - at.clientHeight) * (part < 1 ? part : 2 - part);
      far = Math.max(far, at.scrollTop);
      if (part < 2) requestAnimationFrame(step);
      else resolve(far);
    };
    requestAnimationFrame(step);
  })`);
}
