// What this browser remembers from visit to visit; where it may not, or has no room, this page does while it is open.

const page = new Map()

export function recall(key) {
  try {
    return page.get(key) ?? localStorage.getItem(key)
  } catch {
    return null
  }
}

export function remember(key, text) {
  page.delete(key)
  try {
    localStorage.setItem(key, text)
  } catch {
    page.set(key, text)
  }
}

export function forget(key) {
  page.delete(key)
  try {
    localStorage.removeItem(key)
  } catch {
    // There is nothing.
  }
}
