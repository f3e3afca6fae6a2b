"""Tokens: whose they are, and the five ways in which they are not believed."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from services.common.http.call import Caller
from services.common.http.errors import (
    TokenExpired,
    TokenKeyUnknown,
    TokenRefused,
    TokenSignatureWrong,
)
from services.common.http.tokens import (
    LONGEST_LIFETIME,
    TokenVerifier,
    UnusableKeys,
    issue,
    private_key,
    public_keys,
)
from tests.unit.common.http.village import bearer, client

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
VERIFIER = TokenVerifier({"k1": KEY.public_key()}, machine_now=lambda: NOW)


def public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


NOW_SECONDS = NOW.timestamp()


def signed(algorithm: str = "EdDSA", key: object = KEY, **claims: object) -> str:
    usual = {
        "sub": "p",
        "roles": [],
        "iss": "shaobao",
        "aud": "shaobao",
        "iat": NOW_SECONDS,
        "exp": NOW_SECONDS + 60,
    }
    found = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    return jwt.encode(found, key, algorithm=algorithm, headers={"kid": "k1"})  # type: ignore[arg-type]


def test_a_token_says_person_roles_unit_and_section() -> None:
    token = issue(KEY, "k1", "p-7", {"town_officer"}, unit="110112105", section="s-1", now=NOW)
    assert VERIFIER.caller(token) == Caller("p-7", frozenset({"town_officer"}), "110112105", "s-1")


def test_unit_and_section_may_be_absent() -> None:
    assert VERIFIER.caller(issue(KEY, "k1", "p", ["operator"], now=NOW)).unit is None


def test_a_token_expires_on_machine_time() -> None:
    token = issue(KEY, "k1", "p", [], now=NOW - timedelta(hours=9))
    with pytest.raises(TokenExpired):
        VERIFIER.caller(token)


def test_a_token_from_the_future_is_refused() -> None:
    with pytest.raises(TokenRefused):
        VERIFIER.caller(issue(KEY, "k1", "p", [], now=NOW + timedelta(minutes=5)))


def test_an_unknown_key_is_named_as_such() -> None:
    with pytest.raises(TokenKeyUnknown):
        VERIFIER.caller(issue(KEY, "k2", "p", [], now=NOW))


def test_a_signature_of_another_key_is_wrong() -> None:
    with pytest.raises(TokenSignatureWrong):
        VERIFIER.caller(issue(Ed25519PrivateKey.generate(), "k1", "p", [], now=NOW))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "a.b.c",
        "x" * 9000,
        signed(aud="other"),
        signed(iss="other"),
        signed(sub=None),
        signed(exp=None),
        signed(sub=""),
        signed(unit=7),
        signed(sub="a\x1b[31m"),
        signed(sub="\u200b"),
        signed(sub="p" * 129),
        signed(unit="11 01"),
        signed(section="\u0000"),
        signed(roles=["operator\n"]),
        signed(roles="operator"),
        signed(roles=[1]),
        signed(nbf=9e9),
        *(signed(exp=moment) for moment in (1e30, 10**30, 10**400, -1, float("nan"), True)),
        signed(iat=-(10**400)),
        signed("HS256", key="a" * 32),
        signed("none", key=None),
    ],
)
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises((TokenRefused, TokenExpired)):
        VERIFIER.caller(token)


@pytest.mark.parametrize("iat", [NOW, NOW - timedelta(days=20)])
def test_a_token_that_is_valid_too_long_is_refused_whoever_has_signed_it(iat: datetime) -> None:
    """It can't be taken back."""
    began, longest = iat.timestamp(), LONGEST_LIFETIME.total_seconds()
    assert VERIFIER.caller(signed(iat=began, exp=began + longest)).person == "p"
    with pytest.raises(TokenRefused) as refused:
        VERIFIER.caller(signed(iat=began, exp=began + longest + 1))
    assert "30 days" in str(refused.value)


def test_a_library_that_is_told_to_trust_no_algorithm_is_not_fooled() -> None:
    """A token whose header says `none` has no signature to check."""
    with pytest.raises(TokenRefused):
        VERIFIER.caller(signed("none", key=None))


def test_public_keys_come_from_a_folder_and_are_named_by_their_file(tmp_path: Path) -> None:
    (tmp_path / "town-2026.pem").write_bytes(public_pem(KEY))
    keys = public_keys(tmp_path)
    assert list(keys) == ["town-2026"]
    token = issue(KEY, "town-2026", "p", ["admin"], now=NOW)
    assert TokenVerifier(keys, machine_now=lambda: NOW).caller(token).has("admin")


def test_public_keys_come_from_a_jwks_file_and_others_in_it_are_left_out(tmp_path: Path) -> None:
    ours = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key()))
    rsa = {"kty": "RSA", "kid": "r", "n": "AQAB", "e": "AQAB"}
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [{**ours, "kid": "k1"}, rsa]}))
    keys = public_keys(path)
    assert TokenVerifier(keys, machine_now=lambda: NOW).caller(issue(KEY, "k1", "p", [], now=NOW))


@pytest.mark.parametrize("content", ["", "{}", '{"keys": [{"crv": "Ed25519"}]}', '{"keys": 1}'])
def test_a_file_that_is_no_jwks_is_unusable(tmp_path: Path, content: str) -> None:
    path = tmp_path / "jwks.json"
    path.write_text(content)
    with pytest.raises(UnusableKeys):
        public_keys(path)


def test_a_folder_without_keys_or_with_other_files_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(UnusableKeys):
        public_keys(tmp_path)
    (tmp_path / "a.pem").write_text("nothing")
    with pytest.raises(UnusableKeys):
        public_keys(tmp_path)


def test_a_key_of_another_kind_is_unusable(tmp_path: Path) -> None:
    other = generate_private_key(SECP256R1())
    pem = other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "a.pem").write_bytes(pem)
    with pytest.raises(UnusableKeys):
        public_keys(tmp_path)


def test_a_private_key_is_read_for_issuing(tmp_path: Path) -> None:
    path = tmp_path / "private.pem"
    path.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert private_key(path).public_key() == KEY.public_key()
    path.write_text("nothing")
    with pytest.raises(UnusableKeys):
        private_key(path)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer nonsense"}, 401),
        ({"Authorization": "Basic dXNlcjpwYXNz"}, 401),
        (bearer("auditor"), 403),
    ],
)
def test_whoever_is_turned_away_reads_where_tokens_come_from(
    headers: dict[str, str], status: int
) -> None:
    answer = client().post("/v1/orders/7/resolution", headers={"Idempotency-Key": "k", **headers})
    assert answer.status_code == status
    for detail in (answer.json["detail"], answer.json["detail_zh"]):
        assert "./shaobao token --help" in detail
        assert "docs/api.md" in detail


# -- a token that was believed before --------------------------------------------------------------


class CountingKeys(dict[str, Ed25519PublicKey]):
    """Public keys that count how often one is taken, which is for checking a signature."""

    checked = 0

    def __getitem__(self, name: str) -> Ed25519PublicKey:
        self.checked += 1
        return super().__getitem__(name)


def counting() -> tuple[CountingKeys, list[datetime], TokenVerifier]:
    """Return a verifier, what it checks with, and its machine's clock."""
    key, now = CountingKeys(k1=KEY.public_key()), [NOW]
    return key, now, TokenVerifier(key, machine_now=lambda: now[0])


def test_a_signature_is_checked_once() -> None:
    key, _, verifier = counting()
    token, another = (issue(KEY, "k1", person, [], now=NOW) for person in "pq")
    found = [verifier.caller(each).person for each in (token, token, another, token)]
    assert (found, key.checked) == (["p", "p", "q", "p"], 2)


def test_a_token_that_was_believed_expires_all_the_same() -> None:
    _, now, verifier = counting()
    token = issue(KEY, "k1", "p", [], now=NOW)
    verifier.caller(token)
    now[0] = NOW + timedelta(hours=9)
    with pytest.raises(TokenExpired):
        verifier.caller(token)
    now[0] = NOW - timedelta(minutes=5)
    with pytest.raises(TokenRefused):
        verifier.caller(token)


def test_what_was_not_believed_is_checked_again() -> None:
    key, _, verifier = counting()
    wrong = issue(Ed25519PrivateKey.generate(), "k1", "p", [], now=NOW)
    for _ in range(2):
        with pytest.raises(TokenSignatureWrong):
            verifier.caller(wrong)
    assert (key.checked, verifier._verified) == (2, {})


def test_only_so_many_tokens_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.common.http.tokens._REMEMBERED_TOKENS", 2)
    key, _, verifier = counting()
    tokens = [issue(KEY, "k1", person, [], now=NOW) for person in "pqr"]
    assert [verifier.caller(each).person for each in (*tokens, *tokens)] == [*"pqr", *"pqr"]
    assert len(verifier._verified) <= 2
    assert key.checked > 3
