// Topics in two levels: `delivery.late` is Late, under Delivery. Their names come with the page.

export function topicNames(pairs, none) {
  const names = new Map(pairs)
  const last = id => names.get(id) ?? id.split(".").at(-1)
  return {
    all: pairs,
    short: last,
    full: id => (id.includes(".") ? `${last(id.split(".")[0])} › ${last(id)}` : last(id)),
    none,
  }
}
