// An OpenID provider on loopback: panva's certified oidc-provider, with one client, its people, and a plain form to sign in.

import Provider, { interactionPolicy } from "oidc-provider"

const { PORT, APP, SECRET, PEOPLE } = process.env
const people = JSON.parse(PEOPLE)
const callback = `${APP}/oauth2callback`

// What Streamlit asks for, so that people with several accounts can choose.
const policy = interactionPolicy.base()
policy.add(new interactionPolicy.Prompt({ name: "select_account", requestable: true }), 0)

const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  clients: [
    {
      client_id: "tribune",
      client_secret: SECRET,
      redirect_uris: [callback],
      post_logout_redirect_uris: [callback],
    },
  ],
  cookies: { keys: [SECRET] },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
  // The claims are in the ID token itself, as with most providers.
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { policy, url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, sub) => people[sub] && { accountId: sub, claims: () => ({ sub, ...people[sub] }) },
  // The team's own client: nobody is asked for consent.
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    })
    grant.addOIDCScope("openid email profile")
    await grant.save()
    return grant
  },
})

const form = `<!doctype html><title>Provider</title>
<form method="post"><label>Name <input name="name" autofocus></label> <button>Continue</button></form>`

async function body(request) {
  let text = ""
  for await (const chunk of request) text += chunk
  return new URLSearchParams(text)
}

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/interaction/")) return next()
  if (ctx.method === "GET") {
    ctx.type = "html"
    ctx.body = form
    return
  }
  const accountId = (await body(ctx.req)).get("name")
  if (!people[accountId]) return ctx.redirect(ctx.path)
  const result = { login: { accountId }, select_account: {} }
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: false }))
})

provider.listen(Number(PORT), "127.0.0.1", () => console.log("READY"))
