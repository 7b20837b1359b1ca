"""Forged tokens: none of them opens a door."""

import time

import pytest

from harness import ADMIN, NO_CREDENTIALS, Refusal, refusal
from tokens import SECRET_KEY, b64url, segment, signature, token, token_for, unb64url

NOW = int(time.time())
LATER = NOW + 3600
GOOD = {"sub": ADMIN, "exp": LATER}
HEADER, PAYLOAD, SIGNATURE = token(GOOD).split(".")


def with_algorithm(name, algorithm="HS256"):
    return token(GOOD, {"alg": name, "typ": "JWT"}, algorithm=algorithm)


def spare_bits_changed():
    """43 characters of base64url carry 258 bits, the signature has 256: the last two are nobody's."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(SIGNATURE[-1])
    return f"{HEADER}.{PAYLOAD}.{SIGNATURE[:-1]}{alphabet[last ^ 1]}"


FORGERIES = {
    "alg none": segment({"alg": "none", "typ": "JWT"}) + "." + PAYLOAD + ".",
    "alg none with a signature": with_algorithm("none"),
    "alg None": segment({"alg": "None"}) + "." + PAYLOAD + ".",
    "alg nOnE": with_algorithm("nOnE"),
    "alg hs256": with_algorithm("hs256"),
    "alg HS384": with_algorithm("HS384", "HS384"),
    "alg HS512": with_algorithm("HS512", "HS512"),
    "alg HS512 signed by HS256": with_algorithm("HS512"),
    "alg HS256 signed by HS512": with_algorithm("HS256", "HS512"),
    "alg RS256": with_algorithm("RS256"),
    "alg missing": token(GOOD, {"typ": "JWT"}),
    "alg null": token(GOOD, {"alg": None, "typ": "JWT"}),
    "alg a list": token(GOOD, {"alg": ["HS256"], "typ": "JWT"}),
    "another key": token(GOOD, key="x" * 40),
    "empty key": token(GOOD, key=""),
    "key with a new line": token(GOOD, key=SECRET_KEY + "\n"),
    "embedded key": token(GOOD, {"alg": "HS256", "jwk": {"kty": "oct", "k": b64url(b"x" * 40)}}, key="x" * 40),
    "critical extension": token(GOOD, {"alg": "HS256", "crit": ["b64"], "b64": False}),
    "no signature": f"{HEADER}.{PAYLOAD}.",
    "two segments": f"{HEADER}.{PAYLOAD}",
    "four segments": f"{HEADER}.{PAYLOAD}.{SIGNATURE}.x",
    "truncated signature": f"{HEADER}.{PAYLOAD}.{SIGNATURE[:-1]}",
    "longer signature": f"{HEADER}.{PAYLOAD}.{SIGNATURE}A",
    "padded signature": f"{HEADER}.{PAYLOAD}.{SIGNATURE}=",
    "spare bits changed": spare_bits_changed(),
    "another subject": f"{HEADER}.{segment({'sub': 'other@law.example', 'exp': LATER})}.{SIGNATURE}",
    "a changed byte of the payload": f"{HEADER}.{b64url(bytes([*unb64url(PAYLOAD)[:-3], 57, 57]) + b'}')}.{SIGNATURE}",
    "expired": token(GOOD | {"exp": NOW - 1}),
    "expired long ago": token(GOOD | {"exp": 1}),
    "exp zero": token(GOOD | {"exp": 0}),
    "exp negative": token(GOOD | {"exp": -1}),
    "exp missing": token({"sub": ADMIN}),
    "exp a string": token(GOOD | {"exp": str(LATER)}),
    "exp null": token(GOOD | {"exp": None}),
    "exp true": token(GOOD | {"exp": True}),
    "exp a list": token(GOOD | {"exp": [LATER]}),
    "sub missing": token({"exp": LATER}),
    "sub a number": token({"sub": 1, "exp": LATER}),
    "sub empty": token({"sub": "", "exp": LATER}),
    "sub null": token({"sub": None, "exp": LATER}),
    "sub unknown": token({"sub": "nobody@law.example", "exp": LATER}),
    "sub with SQL": token({"sub": "' OR 1=1 --", "exp": LATER}),
    "payload an array": f"{HEADER}.{segment([ADMIN, LATER])}." + signature(f"{HEADER}.{segment([ADMIN, LATER])}"),
    "payload no JSON": f"{HEADER}.{b64url(b'x')}." + signature(f"{HEADER}.{b64url(b'x')}"),
    "deep payload": f"{HEADER}.{b64url(b'[' * 2000)}." + signature(f"{HEADER}.{b64url(b'[' * 2000)}"),
    "over 4 KiB": token(GOOD | {"padding": "x" * 4096}),
    "dots": "..",
    "nothing": "",
    "spaces around segments": f"{HEADER} .{PAYLOAD}.{SIGNATURE}",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_is_refused(service, forgery):
    assert refusal(service.client(FORGERIES[forgery]).get("/leads/")) == Refusal(401, NO_CREDENTIALS)


def test_the_token_they_were_forged_from_is_good(service):
    assert service.client(token(GOOD)).get("/leads/").status_code == 200
    assert service.client(token_for(ADMIN)).get("/leads/").status_code == 200


def test_no_bit_of_a_token_can_be_flipped(service):
    """Every character, replaced by a neighbour of its alphabet."""
    good = token(GOOD)
    client = service.client()
    for at, character in enumerate(good):
        other = "." if character != "." and at % 7 == 0 else ("A" if character != "A" else "B")
        response = client.get("/leads/", headers={"Authorization": f"Bearer {good[:at]}{other}{good[at + 1:]}"})
        assert response.status_code == 401, at


def test_two_authorization_headers_are_no_authorization(service):
    with service.raw() as connection:
        answer = connection.ask(f"GET /leads/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer nonsense\r\n"
                                f"Authorization: Bearer {token_for(ADMIN)}\r\n\r\n")
        assert answer.status in (400, 401)


def test_an_authorization_in_a_trailer_is_none(service):
    with service.raw() as connection:
        answer = connection.ask("GET /leads/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                                f"0\r\nAuthorization: Bearer {token_for(ADMIN)}\r\n\r\n")
        assert answer.status in (400, 401, 413)
