/** Completion: a script by which a shell asks `hermod` itself what may come next. */
import type { Run } from "../command.ts";
import { Usage } from "../problem.ts";
import { quoted } from "../records.ts";

const bash = `# hermod completion bash > ~/.local/share/bash-completion/completions/hermod
_hermod() {
  local line IFS=$'\\n'
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(hermod __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  type __ltrim_colon_completions >/dev/null 2>&1 && __ltrim_colon_completions "\${COMP_WORDS[COMP_CWORD]}"
  return 0
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
  done < <(hermod __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then
    compadd -l -d texts -a found
  else
    _files
  fi
}
if [ "$funcstack[1]" = "_hermod" ]; then _hermod "$@"; else compdef _hermod hermod; fi
`;

const fish = `# hermod completion fish > ~/.config/fish/completions/hermod.fish
function __hermod_complete
    set -l words (commandline -opc) (commandline -ct)
    hermod __complete $words[2..-1] 2>/dev/null
end
complete -c hermod -f -a "(__hermod_complete)"
complete -c hermod -n 'test -z "$(__hermod_complete)"' -F
`;

const scripts: Readonly<Record<string, string>> = { bash, zsh, fish };

export const completion: Run = ({ args: [shell = ""] }) => {
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
  if (script === undefined)
    throw new Usage(`there is no completion for ${quoted(shell)}`, "There is one for bash, zsh and fish.");
  return Promise.resolve({ data: { shell, script }, text: () => script });
};
