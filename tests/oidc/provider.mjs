// An OpenID provider (oidc-provider, certified) for one client, in which whoever comes is signed in at
// once as the person that POST /test names. It can also be told to answer wrongly, as none may.
// PORT, REDIRECT, HOME_PAGE and KEY_FILE come by the environment.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import * as jose from "jose";
import Provider from "oidc-provider";

const { PORT, REDIRECT, HOME_PAGE, KEY_FILE } = process.env;
const issuer = `http://127.0.0.1:${PORT}`;
const makeKey = async (kid) => {
  const { privateKey } = await jose.generateKeyPair("RS256", { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), kid, alg: "RS256", use: "sig" };
};
if (!existsSync(KEY_FILE)) writeFileSync(KEY_FILE, JSON.stringify(await makeKey("first")));
const keys = [JSON.parse(readFileSync(KEY_FILE, "utf8"))]; // the same after it was away
let person = { sub: "nobody" };
let fault = ""; // of the next ID tokens
let keysRead = 0;

const provider = new Provider(issuer, {
  clients: [{ client_id: "monitron", client_secret: "a secret: of +this/test", redirect_uris: [REDIRECT], post_logout_redirect_uris: [HOME_PAGE], token_endpoint_auth_method: "client_secret_basic" }],
  jwks: { keys },
  pkce: { methods: ["S256"], required: () => true },
  claims: { openid: ["sub", "groups"], email: ["email", "email_verified"], profile: ["name"] },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ ...person, sub: id }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  cookies: { keys: ["of this test"] },
});

async function withFault(token) {
  const claims = jose.decodeJwt(token);
  const now = Math.floor(Date.now() / 1000);
  let key = keys[0];
  if (fault === "audience") claims.aud = "somebody else";
  if (fault === "nonce") claims.nonce = "of another login";
  if (fault === "issuer") claims.iss = "https://evil.example";
  if (fault === "expired") Object.assign(claims, { iat: now - 7200, exp: now - 3600 });
  if (fault === "rotated" && !keys[1]) keys.push(await makeKey("second"));
  if (fault === "rotated") key = keys[1];
  if (fault === "forged") key = await makeKey("first");
  if (fault === "stranger") key = await makeKey("of nobody");
  return new jose.SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: key.kid }).sign(await jose.importJWK(key, "RS256"));
}

provider.use(async (ctx, next) => {
  if (ctx.path === "/test") {
    let body = "";
    for await (const chunk of ctx.req) body += chunk;
    const told = body ? JSON.parse(body) : {};
    if (told.person) person = told.person;
    fault = told.fault ?? "";
    ctx.body = { keysRead };
    return;
  }
  if (ctx.path.startsWith("/interaction/")) {
    const { prompt, params } = await provider.interactionDetails(ctx.req, ctx.res);
    const result = prompt.name === "login" ? { login: { accountId: person.sub, remember: false } } : { consent: {} };
    if (prompt.name === "consent") {
      const grant = new provider.Grant({ accountId: person.sub, clientId: params.client_id });
      grant.addOIDCScope("openid email profile");
      result.consent.grantId = await grant.save();
    }
    if (person.refuses) return provider.interactionFinished(ctx.req, ctx.res, { error: "access_denied" });
    await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: true });
    return;
  }
  await next();
  if (ctx.path === "/jwks") {
    ++keysRead;
    ctx.body = { keys: keys.map(({ kty, n, e, kid, alg, use }) => ({ kty, n, e, kid, alg, use })) };
  }
  if (ctx.path === "/token" && ctx.body?.id_token && fault) ctx.body.id_token = await withFault(ctx.body.id_token);
});
provider.listen(Number(PORT), "127.0.0.1");
