// Times as people of a language write them. The store's times are UTC and end in Z.

const STEPS = [["year", 31536e6], ["month", 2628e6], ["week", 6048e5], ["day", 864e5], ["hour", 36e5], ["minute", 6e4]]

export function times(locale) {
  const full = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" })
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" })
  const year = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "long" })
  const languages = new Intl.DisplayNames([locale], { type: "language" })
  const number = new Intl.NumberFormat(locale)
  const plural = new Intl.PluralRules(locale)
  const percent = new Intl.NumberFormat(locale, { style: "percent" })
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" })
  const moment = new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" })
  const span = unit => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 0 })
  const spans = { minute: span("minute"), hour: span("hour"), day: span("day") }
  return {
    clock: at => clock.format(new Date(at)),
    moment: at => moment.format(new Date(at)),
    // How long so many minutes are, roughly: 40 min, 3 hrs, 2 days.
    span(minutes) {
      const [unit, size] = minutes < 90 ? ["minute", 1] : minutes < 2160 ? ["hour", 60] : ["day", 1440]
      return spans[unit].format(Math.max(1, Math.round(minutes / size)))
    },
    // A day without a time, as an address has it.
    day: date => year.format(new Date(`${date}T12:00`)),
    full: at => full.format(new Date(at)),
    short(at) {
      const date = new Date(at)
      const past = Date.now() - date
      if (past >= 0 && past < 864e5) return this.ago(at)
      return (date.getFullYear() === new Date().getFullYear() ? day : year).format(date)
    },
    ago(at) {
      const past = new Date(at) - Date.now()
      const [unit, size] = STEPS.find(([, size]) => Math.abs(past) >= size) ?? ["second", 1000]
      return relative.format(Math.round(past / size), unit)
    },
    language(code) {
      try {
        const name = languages.of(code)
        return name[0].toLocaleUpperCase(locale) + name.slice(1)
      } catch {
        return code
      }
    },
    many: count => plural.select(count) !== "one",
    number: value => number.format(value),
    percent: value => percent.format(value),
  }
}
