/**
 * A time as the logs of package managers have it, "2026-11-23 03:12:10", with the offset from UTC behind it.
 * `at`: milliseconds since the epoch.
 */
export function localTime(at: number): string {
  const offset = -new Date(at).getTimezoneOffset();
  const local = new Date(at + offset * 60_000).toISOString().slice(0, 19).replace('T', ' ');
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${local} ${offset < 0 ? '-' : '+'}${hours}${minutes}`;
}
