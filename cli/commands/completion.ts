import { millraceError } from '../../connectors/contract/index.ts';
import type { Invocation, Outcome } from '../command.ts';
import { EXIT } from '../exit.ts';

/** The scripts ask millrace itself for the words, so they never go stale. */
const scripts: Readonly<Record<string, string>> = {
  bash: `_millrace() {
  local IFS=$'\\n'
  COMPREPLY=($(millrace __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _millrace millrace`,
  zsh: `#compdef millrace
_millrace() {
  local -a found
  found=("\${(@f)$(millrace __complete "\${(@)words[2,$CURRENT]}" 2>/dev/null)}")
  [[ -n $found[1] ]] && compadd -a found
}
compdef _millrace millrace`,
  fish: `complete -c millrace -f -a '(millrace __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
};

/** `millrace completion`: the script of one shell. */
export async function run({ args }: Invocation): Promise<Outcome> {
  const shell = args[0]!;
  const script = scripts[shell];
  if (script === undefined) {
    const fix = `One of ${Object.keys(scripts).join(', ')}.`;
    throw millraceError('config.invalid', `no completion for ${shell}`, { fix });
  }
  return { exit: EXIT.ok, summary: '', result: { shell, script }, report: script };
}
