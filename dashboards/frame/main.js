// The language switch, the page's own language, and a word when the app stops answering.

const EVERY = 5000 // ms between two looks at a healthy app
const BANNER = `position:fixed;inset:0 0 auto 0;z-index:1000000;padding:.6rem 1rem;text-align:center;
font:600 .9rem system-ui,sans-serif;color:#fff;background:#9a3412`

export default function mount({ data, parentElement }) {
  document.documentElement.lang = data.language
  const nav = parentElement.querySelector(".languages")
  nav.setAttribute("aria-label", data.texts.language)
  nav.replaceChildren(...Object.entries(data.languages).map(([code, name]) => link(code, name, data.language)))
  const timer = setInterval(() => look(data.texts.offline), EVERY)
  return () => clearInterval(timer)
}

function link(code, name, current) {
  const a = document.createElement("a")
  a.textContent = name
  a.lang = code
  a.href = `/language/${code}`
  if (code === current) a.setAttribute("aria-current", "true")
  a.addEventListener("click", () => {
    a.href = `/language/${code}?to=${encodeURIComponent(location.pathname + location.search)}`
  })
  return a
}

async function look(text) {
  let well = false
  try {
    well = (await fetch("/healthz", { signal: AbortSignal.timeout(4000) })).ok
  } catch {
    // not answering
  }
  let banner = document.getElementById("tribune-offline")
  if (well) banner?.remove()
  else if (!banner) {
    banner = document.createElement("p")
    banner.id = "tribune-offline"
    banner.role = "alert"
    banner.style.cssText = BANNER
    banner.textContent = text
    document.body.append(banner)
  }
}
