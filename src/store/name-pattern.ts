// Names with `*` in them (LSF's -J). Nothing but `*` is special; case counts.

/** The pattern as a test of names. Takes time proportional to the name for each `*`, never more. */
export function namePattern(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*');
  const first = parts.shift() as string;
  const last = parts.pop();
  if (last === undefined) return (name) => name === first;
  return (name) => {
    if (!name.startsWith(first)) return false;
    let at = first.length;
    for (const part of parts) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return name.length - last.length >= at && name.endsWith(last);
  };
}
