// Topics in two levels: `delivery.late` is Late, under Delivery. Their names come with the page.

export function topicNames(pairs, none) {
  const names = new Map(pairs)
  const last = id => names.get(id) ?? id.split(".").at(-1)
  return {
    all: pairs,
    short: last,
    full: id => (id.includes(".") ? `${last(id.split(".")[0])} › ${last(id)}` : last(id)),
    // [parent, [children…]] of those a comment does not have yet
    groups(without) {
      const parents = pairs.filter(([id]) => !id.includes("."))
      return parents.map(([parent, name]) => ({
        name,
        topics: pairs.filter(([id]) => (id === parent || id.startsWith(`${parent}.`)) && !without.includes(id)),
      }))
    },
    none,
  }
}
