/** Completion for bash, out of the command line: commands, flags, files, types of events, names of notifiers. */
import type { Command, Option } from 'commander';

export interface Vocabulary {
  /** Types of events. */
  readonly events: readonly string[];
  /** Methods of notifiers. */
  readonly methods: readonly string[];
}

/** What a value is completed with; `none` with nothing. */
type Value = 'file' | 'event' | 'notifier' | 'method' | 'none';

/** A script that bash reads; it needs no other one. */
export function bashCompletion(program: Command, { events, methods }: Vocabulary): string {
  const serve = program.commands.find((command) => command.name() === 'serve');
  const rootOptions = [...program.options, ...(serve?.options ?? [])];
  const cases = [branch('', program, rootOptions), ...program.commands.flatMap((command) => branches(command, ''))];
  return `# Completion of belfry(8) for bash, made from its command line.

# The names of the notifiers, from the configuration that the line names or the default one.
_belfry_notifiers() {
    local file=$1
    if [[ -z $file ]]; then
        for file in /etc/belfry.conf /etc/imapd.conf; do [[ -r $file ]] && break; done
    fi
    [[ -r $file ]] && sed -n 's/^\\(belfry_\\)\\{0,1\\}notifiers:[[:space:]]*//p' -- "$file" 2>/dev/null
}

_belfry() {
    local cur=\${COMP_WORDS[COMP_CWORD]} path='' expected='' config='' commands flags argument word i
    COMPREPLY=()
    for ((i = 1; i <= COMP_CWORD; i++)); do
        commands='' flags='' argument=none
        case $path in
${cases.join('\n')}
        esac
        ((i == COMP_CWORD)) && break
        word=\${COMP_WORDS[i]}
        if [[ -n $expected ]]; then
            [[ \${COMP_WORDS[i-1]} == -C || \${COMP_WORDS[i-1]} == --config ]] && config=$word
            expected=''
            continue
        fi
        if [[ $word == -* ]]; then
            _belfry_value "$path" "$word"
        elif [[ " $commands " == *" $word "* ]]; then
            path="$path $word" path=\${path# }
        fi
    done
    if [[ -z $expected && $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$flags" -- "$cur"))
        return
    fi
    case \${expected:-$argument} in
        file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames 2>/dev/null ;;
        event) COMPREPLY=($(compgen -W ${shell(events.join(' '))} -- "$cur")) ;;
        notifier) COMPREPLY=($(compgen -W "$(_belfry_notifiers "$config") unusable" -- "$cur")) ;;
        method) COMPREPLY=($(compgen -W "$(_belfry_notifiers "$config") ${methods.join(' ')}" -- "$cur")) ;;
        none) [[ -z $expected ]] && COMPREPLY=($(compgen -W "$commands" -- "$cur")) ;;
    esac
}

# Sets \`expected\` to what the value of a flag is; leaves it empty for a flag without a value.
_belfry_value() {
    case "$1 $2" in
${valueCases(program, rootOptions).join('\n')}
    esac
}

complete -F _belfry belfry
`;
}

function branches(command: Command, parent: string): readonly string[] {
  const path = `${parent} ${command.name()}`.trim();
  return [branch(path, command, command.options), ...command.commands.flatMap((one) => branches(one, path))];
}

function branch(path: string, command: Command, options: readonly Option[]): string {
  const names = command.commands.map((one) => one.name());
  const flags = [...options.flatMap(spellings), '-h', '--help'];
  const settings = [
    ...(names.length > 0 ? [`commands=${shell(names.join(' '))}`] : []),
    `flags=${shell(flags.join(' '))}`,
    ...(command.registeredArguments.length > 0 ? [`argument=${argumentValue(command)}`] : []),
  ];
  return `            ${shell(path)}) ${settings.join(' ')} ;;`;
}

function valueCases(program: Command, rootOptions: readonly Option[]): readonly string[] {
  const rows: string[] = [];
  const add = (path: string, options: readonly Option[]): void => {
    for (const option of options.filter((one) => one.required)) {
      const patterns = spellings(option).map((flag) => shell(`${path} ${flag}`));
      rows.push(`        ${patterns.join(' | ')}) expected=${optionValue(option)} ;;`);
    }
  };
  const visit = (command: Command, parent: string): void => {
    const path = `${parent} ${command.name()}`.trim();
    add(path, command.options);
    for (const one of command.commands) visit(one, path);
  };
  add('', rootOptions);
  for (const command of program.commands) visit(command, '');
  return rows;
}

function spellings({ short, long }: Option): readonly string[] {
  return [short, long].filter((flag): flag is string => typeof flag === 'string');
}

function optionValue({ flags, long }: Option): Value {
  if (/<(?:file|socket)>/.test(flags)) return 'file';
  if (long === '--event' && flags.includes('<type>')) return 'event';
  if (long === '--notifier') return 'notifier';
  return long === '--method' ? 'method' : 'none';
}

function argumentValue(command: Command): Value {
  const [argument] = command.registeredArguments;
  if (argument?.name() === 'file') return 'file';
  return command.name() === 'events' ? 'event' : 'none';
}

/** A word of a shell, with nothing in it that has a meaning there. */
function shell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
