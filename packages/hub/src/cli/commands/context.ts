/** Context: hubs that have names, so that nobody types addresses and tokens. */
import type { Answer, Run } from "../command.ts";
import { changeContexts, contextOf, contextsFile, readContexts, tokenOf, type Context } from "../contexts.ts";
import { given, textOf } from "../options.ts";
import { Usage } from "../problem.ts";
import { quoted } from "../records.ts";
import { checkSetting } from "../rules.ts";
import { commandLine, table } from "../text.ts";

const shown = (name: string, context: Context, isCurrent: boolean) => ({
  name,
  current: isCurrent,
  ...context,
});

export const ls: Run = ({ io }) => {
  const { current, contexts } = readContexts(contextsFile(io.env));
  const all = Object.entries(contexts).map(([name, each]) => shown(name, each, name === current));
  const answer: Answer = {
    data: all,
    text: (look) =>
      table(
        all,
        [
          ["NAME", ({ name }) => name],
          ["CURRENT", ({ current: isCurrent }) => (isCurrent ? "*" : "")],
          ["URL", ({ url }) => url],
          ["TOKEN FILE", ({ tokenFile }) => tokenFile],
        ],
        look,
      ),
    ...(all.length === 0 && { aside: "none yet: hermod context set NAME --url URL --token-file FILE" }),
  };
  return Promise.resolve(answer);
};

const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,63}$/u;

/** What is not said stays as it was. */
export const set: Run = ({ args: [name = ""], options, io }) => {
  if (!NAME.test(name))
    throw new Usage(`${quoted(name)} is no name of a context`, "Use letters, digits and _ . - alone.");
  const [url, typed] = [textOf(options, "url"), textOf(options, "token-file")];
  if (url !== undefined) checkSetting({ key: "url", value: url, source: "flag", from: "--url" });
  const tokenFile = typed === undefined ? undefined : io.path(typed);
  const file = contextsFile(io.env);
  let made: Context | undefined;
  changeContexts(file, (now) => {
    const before = Object.hasOwn(now.contexts, name) ? now.contexts[name] : undefined;
    const wanted = { ...before, ...given({ url, tokenFile }) };
    if (wanted.url === undefined)
      throw new Usage(`context ${quoted(name)} is new: it needs --url`, "--url http://hub.example.org:4700");
    made = { ...wanted, url: wanted.url };
    tokenOf(name, made);
    return { ...now, contexts: { ...now.contexts, [name]: made } };
  });
  return Promise.resolve({
    data: shown(name, made as Context, readContexts(file).current === name),
    text: () => `${name}  ${made?.url}\n`,
    suggest: commandLine("context use", name),
  });
};

export const use: Run = ({ args: [name = ""], io }) => {
  const file = contextsFile(io.env);
  const context = contextOf(readContexts(file), name);
  changeContexts(file, (now) => ({ ...now, current: name }));
  return Promise.resolve({
    data: shown(name, context, true),
    text: () => `${name}  ${context.url}\n`,
    ...(io.env["HERMOD_URL"] && { aside: "HERMOD_URL is set, and counts before it" }),
    suggest: "hermod agents ls",
  });
};

export const remove: Run = ({ args: [name = ""], io }) => {
  const file = contextsFile(io.env);
  const context = contextOf(readContexts(file), name);
  changeContexts(file, ({ current, contexts }) => {
    const { [name]: _, ...others } = contexts;
    return { ...(current !== undefined && current !== name && { current }), contexts: others };
  });
  return Promise.resolve({ data: shown(name, context, false), text: () => `removed ${name}\n` });
};
