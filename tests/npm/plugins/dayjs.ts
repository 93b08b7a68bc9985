// A date library, in CommonJS, with a plugin of its own.
import dayjs from 'dayjs';
import utc from 'dayjs/plugin/utc';
import duration from 'dayjs/plugin/duration.js';

dayjs.extend(utc);
dayjs.extend(duration);

export async function run(): Promise<string> {
  const day = dayjs.utc('2026-02-27T22:30:00Z').add(26, 'hour');
  return `${day.format('YYYY-MM-DD HH:mm ddd')} ${dayjs.duration(90, 'minutes').toISOString()}`;
}
