// Signs in at a provider with openid-client, a certified client library, as an application would. Arguments: issuer,
// client id, secret ("" for a public client), redirect address, scopes, address after signing out. Prints one JSON
// line a step and reads from standard input the address at which the person came back. Called by a test.
import { createInterface } from "node:readline";
import * as client from "openid-client";

const [issuer, id, secret, redirect, scope, out] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const tell = (step, told) => process.stdout.write(`${JSON.stringify({ step, ...told })}\n`);
const next = async () => (await lines.next()).value;

const proof = secret ? client.ClientSecretBasic(secret) : client.None();
const options = { execute: [client.allowInsecureRequests] };
const config = await client.discovery(new URL(issuer), id, undefined, proof, options);
const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const nonce = client.randomNonce();
const wish = {
  redirect_uri: redirect, scope, state, nonce,
  code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
};
tell("authorize", { address: client.buildAuthorizationUrl(config, wish).href });

const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
const tokens = await client.authorizationCodeGrant(config, new URL(await next()), checks);
const about = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
tell("signed in", { claims: tokens.claims(), about });

const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
const active = secret ? (await client.tokenIntrospection(config, renewed.access_token)).active : null;
tell("renewed", { changed: renewed.refresh_token !== tokens.refresh_token, active });

const left = { post_logout_redirect_uri: out, id_token_hint: tokens.id_token, state: "bye" };
tell("leave", { address: client.buildEndSessionUrl(config, left).href });
await next();
const refused = await client.refreshTokenGrant(config, renewed.refresh_token).then(() => null, (error) => error.error);
tell("left", { refused });
process.exit(0);
