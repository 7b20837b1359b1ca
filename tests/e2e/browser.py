"""A browser as the service sees one: with the session's cookie, and with what the pages of the inbox send."""

from harness import ATTORNEY, PASSWORD, Client

OWN_PAGE = {"X-Requested-With": "alma-leads"}


class Browser(Client):
    """Keeps cookies, and sends those for https, too, as if a proxy with TLS stood in between."""

    def __init__(self, service):
        super().__init__(service)
        self.headers.update(OWN_PAGE)

    def request(self, method, path, **options):
        headers = dict(options.pop("headers", None) or {})
        if len(self.cookies) > 0:
            headers.setdefault("Cookie", "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies))
        return super().request(method, path, headers=headers, **options)

    def log_in(self, email=ATTORNEY, password=PASSWORD, **options):
        return self.post("/session", json={"email": email, "password": password}, **options)


def logged_in(service, email=ATTORNEY, password=PASSWORD):
    browser = Browser(service)
    response = browser.log_in(email, password)
    assert response.status_code == 200, response.text
    return browser
