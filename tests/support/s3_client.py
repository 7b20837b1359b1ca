"""A small S3 client of the tests' own: a second reading of Signature Version 4, path-style addressing only."""

import datetime
import hashlib
import hmac
import urllib.parse
import xml.etree.ElementTree as ElementTree

import requests


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _quote(text):
    return urllib.parse.quote(text, safe="-_.~")


class S3Client:
    def __init__(self, endpoint, bucket, access_key, secret_key, region="us-east-1"):
        self.endpoint, self.bucket, self.region = endpoint, bucket, region
        self.access_key, self.secret_key = access_key, secret_key
        self._session = requests.Session()
        self._session.trust_env = False

    def request(self, method, key="", query=None, body=b"", headers=None):
        """The answer to a signed request for an object, or for the bucket itself."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        path = "/" + self.bucket + ("/" + urllib.parse.quote(key, safe="/-_.~") if key else "")
        query_text = "&".join(f"{_quote(name)}={_quote(value)}" for name, value in sorted((query or {}).items()))
        payload = hashlib.sha256(body).hexdigest()
        signed = {"host": self.endpoint.split("://")[1], "x-amz-content-sha256": payload, "x-amz-date": now}
        signed |= {name: value for name, value in (headers or {}).items() if name.startswith("x-amz-")}
        signed = dict(sorted(signed.items()))
        names = ";".join(signed)
        canonical = "\n".join([method, path, query_text, *(f"{name}:{value}" for name, value in signed.items()), "", names, payload])
        scope = f"{now[:8]}/{self.region}/s3/aws4_request"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        secret = ("AWS4" + self.secret_key).encode()
        for part in (now[:8], self.region, "s3", "aws4_request"):
            secret = _hmac(secret, part)
        signed["authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, SignedHeaders={names}, "
                                   f"Signature={_hmac(secret, to_sign).hex()}")
        url = self.endpoint + path + ("?" + query_text if query_text else "")
        return self._session.request(method, url, data=body, headers={**signed, **(headers or {})}, timeout=30)

    def _must(self, *arguments, **options):
        response = self.request(*arguments, **options)
        assert response.ok, response.text
        return response

    def make_bucket(self):
        self._must("PUT")

    def put(self, key, body):
        self._must("PUT", key, body=body)

    def get(self, key):
        return self._must("GET", key).content

    def remove(self, key):
        self._must("DELETE", key)

    def keys(self):
        """All keys of the bucket."""
        found, query = set(), {"list-type": "2"}
        while True:
            page = ElementTree.fromstring(self._must("GET", query=query).content)
            space = page.tag[:page.tag.index("}") + 1] if "}" in page.tag else ""
            found |= {entry.findtext(f"{space}Key") for entry in page.iter(f"{space}Contents")}
            token = page.findtext(f"{space}NextContinuationToken")
            if not token:
                return found
            query["continuation-token"] = token
