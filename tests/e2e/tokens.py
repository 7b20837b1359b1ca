"""JSON Web Tokens made by hand: the valid ones that save a login, and the forged ones."""

import base64
import hashlib
import hmac
import json
import time

SECRET_KEY = "0123456789abcdef-of-the-end-to-end-suite"

HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def segment(value):
    return b64url(json.dumps(value, separators=(",", ":")).encode())


def signature(signing_input, key=SECRET_KEY, algorithm="HS256"):
    return b64url(hmac.new(key.encode(), signing_input.encode(), HASHES[algorithm]).digest())


def token(payload, header=None, key=SECRET_KEY, algorithm="HS256"):
    """A token with any header and payload, signed as `algorithm` says, whatever the header claims."""
    signing_input = segment(header or {"alg": "HS256", "typ": "JWT"}) + "." + segment(payload)
    return signing_input + "." + signature(signing_input, key, algorithm)


def token_for(email, lifetime=600):
    return token({"sub": email, "exp": int(time.time()) + lifetime})


def claims(text):
    header, payload, _ = text.split(".")
    return json.loads(unb64url(header)), json.loads(unb64url(payload))
