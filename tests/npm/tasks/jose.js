// JSON Web Tokens, signed and encrypted, by Web Cryptography alone.
import {
    CompactEncrypt, SignJWT, calculateJwkThumbprint, compactDecrypt, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, jwtVerify,
} from "jose"

const now = new Date(1_800_000_000_000)
const options = { issuer: "urn:example:issuer", audience: "urn:example:audience", currentDate: now }
const secret = new TextEncoder().encode("a secret of thirty-two characters")
const ed25519 = {
    kty: "OKP", crv: "Ed25519",
    x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
}

const token = (algorithm) =>
    new SignJWT({ "urn:example:claim": true })
        .setProtectedHeader({ alg: algorithm })
        .setIssuedAt(1_800_000_000)
        .setIssuer(options.issuer)
        .setAudience(options.audience)
        .setExpirationTime(1_800_007_200)

// Signatures of these are the same each time.
async function fixed() {
    const key = await importJWK(ed25519, "EdDSA")
    const tokens = [await token("HS256").sign(secret), await token("EdDSA").sign(key)]
    const { d, ...publicJwk } = ed25519
    const publicKey = await importJWK(publicJwk, "EdDSA")
    const { payload } = await jwtVerify(tokens[1], publicKey, options)
    return { tokens, payload, thumbprint: await calculateJwkThumbprint(publicJwk) }
}

async function generated(algorithm) {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 })
    const signed = await token(algorithm).sign(privateKey)
    const again = await importJWK(await exportJWK(publicKey), algorithm)
    const { payload, protectedHeader } = await jwtVerify(signed, again, options)
    return [protectedHeader, payload.aud]
}

async function refused() {
    const signed = await token("HS256").sign(secret)
    const attempts = [
        jwtVerify(signed, new TextEncoder().encode("another secret of some characters"), options),
        jwtVerify(signed, secret, { ...options, currentDate: new Date(1_900_000_000_000) }),
        jwtVerify(signed, secret, { ...options, audience: "urn:example:other" }),
    ]
    return (await Promise.allSettled(attempts)).map(({ reason }) => reason.code)
}

async function encrypted(header, makeKeys) {
    const { publicKey, privateKey } = await makeKeys()
    const text = await new CompactEncrypt(new TextEncoder().encode("to nobody else")).setProtectedHeader(header).encrypt(publicKey)
    const { plaintext } = await compactDecrypt(text, privateKey)
    return [decodeProtectedHeader(text).alg, new TextDecoder().decode(plaintext)]
}

export const first = () => decodeProtectedHeader("eyJhbGciOiJIUzI1NiJ9.e30.c2ln").alg

export default async function () {
    const shared = () => ({ publicKey: secret.slice(0, 32), privateKey: secret.slice(0, 32) })
    return {
        fixed: await fixed(),
        generated: [await generated("ES256"), await generated("PS256"), await generated("Ed25519")],
        refused: await refused(),
        encrypted: [
            await encrypted({ alg: "dir", enc: "A256GCM" }, shared),
            await encrypted({ alg: "A256KW", enc: "A128CBC-HS256" }, shared),
            await encrypted({ alg: "RSA-OAEP-256", enc: "A256GCM" }, () => generateKeyPair("RSA-OAEP-256")),
            await encrypted({ alg: "ECDH-ES+A128KW", enc: "A128GCM" }, async () => {
                const { publicKey, privateKey } = await generateKeyPair("ECDH-ES+A128KW", { extractable: true })
                return { publicKey, privateKey }
            }),
        ].map(([alg, text]) => `${alg}: ${text}`),
    }
}
