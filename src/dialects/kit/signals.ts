// Linux signal names and numbers (x86 and arm). Never the host's own list: a job may run elsewhere.

const NAMES = [
  ...['', 'HUP', 'INT', 'QUIT', 'ILL', 'TRAP', 'ABRT', 'BUS', 'FPE', 'KILL', 'USR1'],
  ...['SEGV', 'USR2', 'PIPE', 'ALRM', 'TERM', 'STKFLT', 'CHLD', 'CONT', 'STOP', 'TSTP'],
  ...['TTIN', 'TTOU', 'URG', 'XCPU', 'XFSZ', 'VTALRM', 'PROF', 'WINCH', 'IO', 'PWR', 'SYS'],
] as const;

/** Other names of the same signals. */
const ALIASES: Readonly<Record<string, number>> = { IOT: 6, CLD: 17, POLL: 29, UNUSED: 31 };

const REAL_TIME_FIRST = 34;
const REAL_TIME_LAST = 64;

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...NAMES.map((name, number) => [name as string, number] as const).slice(1),
  ...Object.entries(ALIASES),
]);

/** Signal names in the order of their numbers, without `SIG`, real-time ones left out. */
export const SIGNAL_NAMES: readonly string[] = NAMES.slice(1);

export const SIGHUP = 1;
export const SIGINT = 2;
export const SIGKILL = 9;
export const SIGUSR1 = 10;
export const SIGUSR2 = 12;
export const SIGTERM = 15;
export const SIGCONT = 18;
export const SIGSTOP = 19;
export const SIGTSTP = 20;

/** The number of `TERM`, `SIGTERM` or `RTMIN+3` in any case; undefined for anything else. */
export function signalNumber(text: string): number | undefined {
  const name = text.toUpperCase().replace(/^SIG/, '');
  const realTime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realTime === null) return NUMBERS.get(name);
  const from = realTime[1] === 'MIN' ? REAL_TIME_FIRST : REAL_TIME_LAST;
  const number = from + Number(`${realTime[2] ?? ''}${realTime[3] ?? 0}`);
  return number >= REAL_TIME_FIRST && number <= REAL_TIME_LAST ? number : undefined;
}

/** `TERM` for 15, `RTMIN+3` for 37; a number that names no signal comes back in digits. */
export function signalName(number: number): string {
  if (number >= REAL_TIME_FIRST && number <= REAL_TIME_LAST) {
    const above = number - REAL_TIME_FIRST;
    return above === 0 ? 'RTMIN' : `RTMIN+${above}`;
  }
  return NAMES[number] || String(number);
}
