// Named places at which a process of ours can be made to die, so that tests can prove that dying
// there loses nothing. SPILLWAY_CRASH_POINT is NAME:COUNT:FILE: at its COUNTth pass the place makes
// FILE and kills its process with SIGKILL. Whoever finds FILE lives, so that one death is all there
// is. Without the variable a place costs one comparison.

import * as fs from 'node:fs';

const [armed, count = '1', ...rest] = (process.env['SPILLWAY_CRASH_POINT'] ?? '').split(':');
const mark = rest.join(':');
let passesLeft = Number(count);

/** Dies here if that was asked for. `concerns` is asked only then: whether this pass is one. */
export function crashPoint(name: string, concerns: () => boolean = always): void {
  if (name !== armed || !concerns()) return;
  passesLeft -= 1;
  if (passesLeft !== 0 || !claim()) return;
  process.kill(process.pid, 'SIGKILL');
}

function always(): boolean {
  return true;
}

/** The first to make the file dies. */
function claim(): boolean {
  try {
    fs.closeSync(fs.openSync(mark, 'wx'));
    return true;
  } catch {
    return false;
  }
}
