from __future__ import annotations

import pytest

from grader.errors import MaterialError
from tests.tools.desk.conftest import HOST, TOKENS, Visitor
from tools.desk.access import ALONE, read_tokens

ENTRY = {"scope": "student", "points": "+1", "words": "x"}


def test_token_buys_a_cookie_and_leaves_the_address(app):
    answer = app.test_client().get(f"/?token={TOKENS[ALONE]}", base_url=f"http://{HOST}")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


@pytest.mark.parametrize("path", ["/", "/s/ada", "/rubric", "/static/desk.js", "/s/ada/notebook"])
def test_stranger_without_cookie_sees_nothing(app, path):
    """Another user of the same machine can connect, and has no token."""
    for address in (path, f"{path}?token=guess", f"{path}?token="):
        answer = app.test_client().get(address, base_url=f"http://{HOST}")
        assert answer.status_code == 403
        assert "ada" not in answer.text


def test_stranger_cannot_invent_a_cookie(app):
    client = app.test_client()
    client.set_cookie("nnlab-desk", "a" * 43, domain="127.0.0.1")
    assert client.get("/", base_url=f"http://{HOST}").status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8765", "127.0.0.1:80", "[::1]:8765"]
)
def test_rebound_name_is_refused_even_with_the_cookie(visitor, host):
    """A page of another site may make its own name point to 127.0.0.1."""
    assert visitor.get("/", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": f"http://{HOST}.evil.example"},
        {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "cross-site"},
        {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_change_from_another_page_is_refused(visitor, headers):
    answer = visitor.post("/s/ada/entry", data=ENTRY, headers=headers)
    assert answer.status_code == 403
    assert "Nobody has changed anything" in visitor.get("/s/ada").text


def test_every_page_forbids_framing_and_foreign_scripts(visitor):
    for path in ("/", "/s/ada", "/rubric", "/checks", "/back", "/nowhere"):
        policy = visitor.get(path).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy


def test_no_address_changes_anything_by_a_link(app):
    """Links and pictures of other sites can only send GET; every change needs POST."""
    changing = ("accept", "release", "entry", "undo", "claim", "extension", "apply", "item")
    for rule in app.url_map.iter_rules():
        if any(word in rule.rule for word in changing):
            assert "GET" not in (rule.methods or ()), rule.rule


def test_each_grader_has_a_name(app):
    Visitor(app, "grace").post("/s/ada/entry", data=ENTRY)
    assert "<b>grace</b> +1 point for the whole submission" in Visitor(app).get("/s/ada").text


def test_token_file_that_others_can_read_is_refused(tmp_path):
    file = tmp_path / "desk.toml"
    file.write_text(f'[graders]\nada = "{"a" * 20}"\n')
    file.chmod(0o644)
    with pytest.raises(MaterialError, match="other users can read"):
        read_tokens(tmp_path)
    file.chmod(0o600)
    assert read_tokens(tmp_path) == {"ada": "a" * 20}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("graders = 1", "expected a table"),
        ("[graders]\nada = 'short'", "token of ada must have"),
        (f"[graders]\na = '{'x' * 16}'\nb = '{'x' * 16}'", "two graders have the same token"),
        ("[graders", "is not valid TOML"),
    ],
)
def test_wrong_token_file_is_explained(tmp_path, text, problem):
    file = tmp_path / "desk.toml"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(MaterialError, match=problem):
        read_tokens(tmp_path)


def test_token_is_fresh_each_time(tmp_path):
    assert read_tokens(tmp_path) != read_tokens(tmp_path)
