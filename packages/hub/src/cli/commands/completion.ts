/** Completion: a script by which a shell asks `hermod` itself what may come next. */
import type { Run } from "../command.ts";
import { Usage } from "../problem.ts";
import { quoted } from "../records.ts";

// Bash divides words at colons, and replaces only what is behind the last one.
const bash = `# hermod completion bash > ~/.local/share/bash-completion/completions/hermod
_hermod() {
  local line typed="\${COMP_LINE:0:COMP_POINT}" last="\${COMP_WORDS[COMP_CWORD]#[\\"\\']}"
  local -a words
  read -ra words <<<"$typed"
  [[ $typed == *[[:space:]] ]] && words+=("")
  words[-1]="\${words[-1]#[\\"\\']}"
  [[ $last == [:=] ]] && last=
  COMPREPLY=()
  while IFS= read -r line; do
    line="\${line%%$'\\t'*}"
    COMPREPLY+=("\${line#"\${words[-1]%"$last"}"}")
  done < <(hermod __complete "\${words[@]:1}" 2>/dev/null)
}
complete -o default -F _hermod hermod
`;

const zsh = `#compdef hermod
# hermod completion zsh > a file _hermod in a folder of $fpath, before compinit
_hermod() {
  local line
  local -a found texts
  while IFS= read -r line; do
    found+=("\${line%%$'\\t'*}")
    texts+=("\${line//$'\\t'/  }")
  done < <(hermod __complete "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)
  if (( \${#found} )); then
    compadd -V hermod -l -d texts -a found
  else
    _files
  fi
}
if [ "$funcstack[1]" = "_hermod" ]; then _hermod "$@"; else compdef _hermod hermod; fi
`;

const fish = `# hermod completion fish > ~/.config/fish/completions/hermod.fish
function __hermod_complete
    set -l words (commandline -opc) (string trim -lc '\\'"' -- (commandline -ct))
    set -l found (hermod __complete $words[2..-1] 2>/dev/null)
    if set -q found[1]
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c hermod -k -f -a "(__hermod_complete)"
`;

const scripts: Readonly<Record<string, string>> = { bash, zsh, fish };

export const completion: Run = ({ args: [shell = ""] }) => {
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
  if (script === undefined)
    throw new Usage(`there is no completion for ${quoted(shell)}`, "There is one for bash, zsh and fish.");
  return Promise.resolve({ data: { shell, script }, text: () => script });
};
