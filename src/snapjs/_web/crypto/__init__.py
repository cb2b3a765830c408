"""The work of Web Cryptography (https://w3c.github.io/webcrypto/), for the scripts ``engine/web/crypto*.js``.

The scripts convert arguments and keep the objects; here is what needs the keys: each algorithm's operations, and its
checks of usages and formats.
"""
