// The language switch, the page's own language, a word when the app stops answering, and a menu a screen reader can read.

const EVERY = 5000 // ms between two looks at a healthy app
const BANNER = `position:fixed;inset:0 0 auto 0;z-index:1000000;padding:.6rem 1rem;text-align:center;
font:600 .9rem system-ui,sans-serif;color:#fff;background:#9a3412`
const MENU = "[data-testid=stSidebarNavItems]"

export default function mount({ data, parentElement }) {
  document.documentElement.lang = data.language
  const nav = parentElement.querySelector(".languages")
  nav.setAttribute("aria-label", data.texts.language)
  nav.replaceChildren(...Object.entries(data.languages).map(([code, name]) => link(code, name, data.language)))
  const timer = setInterval(() => look(data.texts.offline), EVERY)
  const watch = new MutationObserver(plain)
  watch.observe(document.body, { childList: true, subtree: true })
  plain()
  return () => {
    clearInterval(timer)
    watch.disconnect()
  }
}

// Streamlit puts its menu's sections into a list without being items of it: then it is better no list.
function plain() {
  for (const one of document.querySelectorAll(`${MENU}:not([role]), ${MENU} li:not([role])`)) one.role = "presentation"
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
