const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
]
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** The function that templates ask for today's date, under the name that ours goes by: the engine has one of its own. */
export const clockVariable = 'medtune_strftime_now'

/** A template's source with our clock in place of the engine's, which speaks the machine's language. */
export function withOwnClock(source: string): string {
  return source.replace(/\bstrftime_now\b/g, clockVariable)
}

/** A date as Python's `strftime` writes it: local time, English names. Unknown directives stay as they are. */
export function formatDate(date: Date, format: string): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const [month = '', weekday = ''] = [months[date.getMonth()], weekdays[date.getDay()]]
  const parts: Readonly<Record<string, string>> = {
    ...{ Y: String(date.getFullYear()), y: two(date.getFullYear() % 100), m: two(date.getMonth() + 1) },
    ...{ d: two(date.getDate()), H: two(date.getHours()), M: two(date.getMinutes()) },
    ...{ S: two(date.getSeconds()), B: month, b: month.slice(0, 3), A: weekday, a: weekday.slice(0, 3) },
    '%': '%',
  }
  return format.replace(/%([A-Za-z%])/g, (directive, letter: string) => parts[letter] ?? directive)
}
