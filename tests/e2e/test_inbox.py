"""The page of the inbox, before its scripts run. What they do is tested in tests/browser."""


def test_the_root_leads_to_the_inbox(service):
    response = service.anonymous.get("/", allow_redirects=False)
    assert response.status_code == 303
    assert response.headers["Location"] == "/inbox/"


def test_the_inbox_may_be_framed_by_nobody_and_makes_no_html_from_text(service):
    policy = service.anonymous.get("/inbox/").headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy


def test_the_preview_of_a_resume_has_no_origin_and_no_network(service):
    policy = service.anonymous.get("/inbox/preview").headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none'")
    assert "connect-src" not in policy and "unsafe" not in policy


def test_a_new_service_asks_for_its_first_admin(start):
    service = start(with_staff=False, FIRM_NAME="Alma & Partners")
    assert service.anonymous.get("/inbox/welcome").json() == {"firm_name": "Alma & Partners", "has_users": False}
    service.anonymous.post("/users/initial", json={"email": "first@law.example", "password": "correct horse battery"})
    assert service.anonymous.get("/inbox/welcome").json()["has_users"]


def test_a_page_that_is_loaded_again_keeps_its_policy(service):
    first = service.anonymous.get("/inbox/")
    again = service.anonymous.get("/inbox/", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
