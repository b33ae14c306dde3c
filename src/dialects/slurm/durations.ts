// Durations as Slurm reads and writes them. The forms are those of sbatch(1) --time; the writing is
// squeue's (`1-02:03:04`, `5:00`) and sacct's (`00:05:00`, `00:00.002`).

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** Milliseconds, or `unlimited`; undefined: malformed. Slurm counts in minutes and rounds up. */
export function parseTimeLimit(text: string): number | 'unlimited' | undefined {
  if (/^(-1|infinite|unlimited)$/i.test(text)) return 'unlimited';
  const seconds = parseSeconds(text);
  if (seconds === undefined) return undefined;
  return seconds === 0 ? 'unlimited' : Math.ceil(seconds / MINUTE) * MINUTE * 1000;
}

/** `minutes`, `minutes:seconds`, `hours:minutes:seconds`, `days-hours[:minutes[:seconds]]`. */
function parseSeconds(text: string): number | undefined {
  const days = /^(\d{0,6})-(\d{1,9})(?::(\d{1,9})(?::(\d{1,9}))?)?$/.exec(text);
  if (days !== null) {
    const [, d = '', h = '', m = '', s = ''] = days;
    return Number(d) * DAY + Number(h) * HOUR + Number(m) * MINUTE + Number(s);
  }
  const clock = /^(?:(?:(\d{1,9}):)?(\d{1,9}):)?(\d{1,9})$/.exec(text);
  if (clock === null) return undefined;
  const [, h = '', m, last = ''] = clock;
  if (m === undefined) return Number(last) * MINUTE;
  return Number(h) * HOUR + Number(m) * MINUTE + Number(last);
}

/** squeue's form: `0:05`, `1:02:03`, `1-02:03:04`. Less than nothing is `INVALID`, as there. */
export function formatDuration(ms: number): string {
  if (ms < 0) return 'INVALID';
  const { days, hours, minutes, seconds } = parts(ms);
  if (days > 0) return `${days}-${two(hours)}:${two(minutes)}:${two(seconds)}`;
  if (hours > 0) return `${hours}:${two(minutes)}:${two(seconds)}`;
  return `${minutes}:${two(seconds)}`;
}

/** sacct's form: `00:00:05`, `1-02:03:04`. */
export function formatElapsed(ms: number): string {
  const { days, hours, minutes, seconds } = parts(Math.max(0, ms));
  const clock = `${two(hours)}:${two(minutes)}:${two(seconds)}`;
  return days > 0 ? `${days}-${clock}` : clock;
}

/** sacct's form of CPU time: below an hour with milliseconds, `00:00.002`. */
export function formatCpuTime(ms: number): string {
  const { days, hours, minutes, seconds } = parts(ms);
  const thousandths = Math.floor(ms) % 1000;
  if (days > 0 || hours > 0 || thousandths === 0) return formatElapsed(ms);
  return `${two(minutes)}:${two(seconds)}.${String(thousandths).padStart(3, '0')}`;
}

function parts(ms: number): { days: number; hours: number; minutes: number; seconds: number } {
  const all = Math.floor(ms / 1000);
  return {
    days: Math.floor(all / DAY),
    hours: Math.floor((all % DAY) / HOUR),
    minutes: Math.floor((all % HOUR) / MINUTE),
    seconds: all % MINUTE,
  };
}

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n);
}
