/** Shells: the scripts of completion in the shells themselves; one that is not on this machine is passed over. */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";
import { hermod } from "./cli.test.kit.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-shells-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** In place of the command: knows three agents, and keeps what it was asked. */
const command = `#!/bin/sh
shift
for word; do printf '%s|' "$word"; done >> "${folder}/asked"
echo >> "${folder}/asked"
for each in 'writer\t' 'team:writer\t3 waiting' 'team:critic\t1 waiting'; do
  case "$each" in "$word"*) printf "$each\\n" ;; esac
done
`;

before(async () => {
  writeFileSync(join(folder, "hermod"), command, { mode: 0o755 });
  writeFileSync(join(folder, "tides.txt"), "");
  for (const shell of ["bash", "zsh", "fish"])
    writeFileSync(join(folder, `_${shell}`), (await hermod(["completion", shell])).out);
});

const isThere = (shell: string): boolean => spawnSync(shell, ["--version"]).error === undefined;

/** What a shell says, and which words it has asked with. */
async function said(shell: string, args: readonly string[], script: string) {
  writeFileSync(join(folder, "asked"), "");
  const file = join(folder, "script");
  writeFileSync(file, script);
  const { PATH = "" } = process.env;
  const env = { PATH: `${folder}${delimiter}${PATH}`, HOME: folder, TERM: "dumb" };
  const out = await new Promise<string>((resolve, reject) =>
    execFile(shell, [...args, file], { cwd: folder, env, timeout: 60_000 }, (error, stdout, stderr) =>
      error ? reject(new Error(stderr, { cause: error })) : resolve(stdout + stderr),
    ),
  );
  return { out, asked: readFileSync(join(folder, "asked"), "utf8").trimEnd().split("\n") };
}

/** What is typed, and which words are asked with. */
const typed = {
  "hermod call te": "call|te|",
  "hermod call ": "call||",
  "hermod call team:w": "call|team:w|",
  "hermod call 'team:w": "call|team:w|",
  "hermod backup ti": "backup|ti|",
};

test("bash replaces what is behind the last colon", { skip: !isThere("bash") }, async () => {
  const line = (text: string, ...words: readonly string[]) => `
    COMP_LINE="${text}" COMP_POINT=${text.length} COMP_WORDS=(${words.join(" ")}) COMP_CWORD=${words.length - 1}
    _hermod; echo "\${COMPREPLY[@]}"`;
  const lines = [
    line("hermod call te", "hermod", "call", "te"),
    line("hermod call ", "hermod", "call", '""'),
    line("hermod call team:w", "hermod", "call", "team", ":", "w"),
    line("hermod call 'team:w", "hermod", "call", '"\'team:w"'),
    line("hermod call team:", "hermod", "call", "team", ":"),
    line("hermod backup ti", "hermod", "backup", "ti"),
  ];
  const { out, asked } = await said("bash", ["--norc"], `. ./_bash\n${lines.join("\n")}`);
  assert.deepEqual(out.split("\n").slice(0, -1), [
    "team:writer team:critic",
    "writer team:writer team:critic",
    "writer",
    "team:writer",
    "writer critic",
    "",
  ]);
  assert.deepEqual(asked, Object.values(typed).toSpliced(4, 0, "call|team:|"));
});

test(
  "fish shows candidates in their order with what they are, and files where there are none",
  { skip: !isThere("fish") },
  async () => {
    const lines = Object.keys(typed).map((line) => `complete -C "${line}"; echo`);
    const { out, asked } = await said("fish", ["--no-config"], `source ./_fish\n${lines.join("\n")}`);
    assert.deepEqual(out.trimEnd().split("\n\n"), [
      "team:writer\t3 waiting\nteam:critic\t1 waiting",
      "writer\nteam:writer\t3 waiting\nteam:critic\t1 waiting",
      "team:writer\t3 waiting",
      "team:writer\t3 waiting",
      "tides.txt",
    ]);
    assert.deepEqual(asked, Object.values(typed));
  },
);

test(
  "zsh completes what is typed, from its file or from its folder of functions, and lists the rest in its order",
  { skip: !isThere("zsh") },
  async () => {
    writeFileSync(join(folder, "_hermod"), readFileSync(join(folder, "_zsh")));
    for (const begin of [
      "autoload -Uz compinit; compinit -u -D; . ./_zsh",
      `fpath=(${folder} $fpath); autoload -Uz compinit; compinit -u -D`,
    ]) {
      const { out, asked } = await said("zsh", ["-f"], onTerminal(begin, Object.keys(typed)));
      assert.deepEqual(out.match(/<.*?>/gu), [
        "<hermod call team:>",
        "<hermod call >",
        "<hermod call team:writer >",
        "<hermod call 'team:writer' >",
        "<hermod backup tides.txt >",
      ]);
      assert.match(out, /writer *\s+team:writer {2}3 waiting\s+team:critic {2}1 waiting/u);
      assert.deepEqual(asked, Object.values(typed));
    }
  },
);

/** A zsh that somebody types into: completes each line, and tells what stands there then. */
function onTerminal(begin: string, lines: readonly string[]): string {
  const show = 'show() { zle complete-word; zle -R; print -r -- "<$BUFFER>"; zle -I; zle kill-whole-line; }';
  return [
    "zmodload zsh/zpty; zpty shell zsh -f -i",
    `zpty -w shell ${quoted(`PS1=; unsetopt prompt_sp prompt_cr; unset zle_bracketed_paste; ${begin}; ${show}; zle -N show; bindkey "^T" show; echo rea"dy"`)}`,
    "zpty -r -m shell out '*ready*'",
    ...lines.map(
      (line) =>
        `zpty -w -n shell ${quoted(line)}$'\\C-t'; zpty -r -m shell out '*<hermod*>*'; print -r -- "$out"`,
    ),
    "zpty -d shell",
  ].join("\n");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
