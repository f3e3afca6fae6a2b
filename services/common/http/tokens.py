"""Bearer tokens: EdDSA JWTs that name a person, roles, a unit and a section.

Verified against public keys from files, so nobody has to be asked. Machine time: a demo's scaled
clock must not age a session. Claims: `sub` (person), `roles`, `unit`, `section`, `iss`, `aud` =
`shaobao`, `iat`, `exp`, all but unit and section required.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
)

from services.common.errors import ShaobaoError
from services.common.http.call import Caller
from services.common.http.errors import (
    TokenExpired,
    TokenKeyUnknown,
    TokenRefused,
    TokenSignatureWrong,
)
from services.common.http.fields.characters import has_forbidden, is_blank
from services.common.http.fields.codes import is_code

AUDIENCE = "shaobao"
ISSUER = "shaobao"
ALGORITHM = "EdDSA"
#: A token can't be taken back, so one that is valid for longer than this is never believed.
LONGEST_LIFETIME = timedelta(days=30)
_LEEWAY_SECONDS = 30  #: clocks of two machines differ
_NEVER = 1e11  #: seconds since 1970: no moment of ours, nor of what a number can be turned into
_LONGEST_TOKEN = 8192
_LONGEST_PERSON = 128
#: Tokens whose signature was checked; past it all are forgotten, and checked once more.
_REMEMBERED_TOKENS = 10_000


class UnusableKeys(ShaobaoError):
    """The keys at `path` can't be used: `why`. Start again with Ed25519 keys in place."""


def _machine_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class TokenVerifier:
    """Says who a token belongs to. `keys`: key id (the file's stem) -> public key."""

    keys: Mapping[str, Ed25519PublicKey]
    issuers: frozenset[str] = frozenset({ISSUER})
    machine_now: Callable[[], datetime] = _machine_now
    _verified: dict[str, tuple[Mapping[str, Any], Caller]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def caller(self, token: str) -> Caller:
        """Return who holds `token`.

        Raises:
            TokenExpired, TokenKeyUnknown, TokenSignatureWrong, TokenRefused: 401 each.
        """
        claims, caller = self._verified.get(token) or self._verify(token)
        self._check_times(claims)
        return caller

    def _verify(self, token: str) -> tuple[Mapping[str, Any], Caller]:
        """Check everything that time doesn't change, once."""
        if len(token) > _LONGEST_TOKEN:
            raise TokenRefused(why="too long")
        try:
            claims = self._claims(token, self._key(token))
        except jwt.InvalidSignatureError as error:
            raise TokenSignatureWrong from error
        except jwt.PyJWTError as error:
            raise TokenRefused(why=_reason(error)) from error
        self._check_times(claims)
        found = claims, _caller(claims)
        if len(self._verified) >= _REMEMBERED_TOKENS:
            self._verified.clear()
        self._verified[token] = found
        return found

    def _key(self, token: str) -> Ed25519PublicKey:
        key_id = jwt.get_unverified_header(token).get("kid")
        if not isinstance(key_id, str) or key_id not in self.keys:
            raise TokenKeyUnknown
        return self.keys[key_id]

    def _claims(self, token: str, key: Ed25519PublicKey) -> dict[str, Any]:
        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=list(self.issuers),
            options={
                "require": ["sub", "roles", "iss", "aud", "iat", "exp"],
                # checked by us: the library would look at its own clock
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now = self.machine_now().timestamp()
        moments = {name: claims.get(name, 0) for name in ("iat", "nbf", "exp")}
        if not all(type(at) in (int, float) and 0 <= at < _NEVER for at in moments.values()):
            raise TokenRefused(why="a time is no moment")
        if moments["exp"] + _LEEWAY_SECONDS <= now:
            raise TokenExpired
        if max(moments["iat"], moments["nbf"]) - _LEEWAY_SECONDS > now:
            raise TokenRefused(why="not valid yet")
        if moments["exp"] - moments["iat"] > LONGEST_LIFETIME.total_seconds():
            raise TokenRefused(why=f"valid for more than {LONGEST_LIFETIME.days} days")


def _reason(error: jwt.PyJWTError) -> str:
    """Return a word for what is wrong; the library's own texts may quote the token."""
    match error:
        case jwt.MissingRequiredClaimError():
            return f"claim {error.claim} is missing"
        case jwt.InvalidAudienceError():
            return "audience"
        case jwt.InvalidIssuerError():
            return "issuer"
        case jwt.InvalidAlgorithmError():
            return "algorithm"
        case _:
            return "form"


def _caller(claims: Mapping[str, Any]) -> Caller:
    """Return who the claims name. They go into the log, so their form is checked."""
    person, roles = claims["sub"], claims["roles"]
    if not isinstance(person, str) or not _is_name(person):
        raise TokenRefused(why="sub is no name on one line")
    if not all(is_code(claims[name]) for name in ("unit", "section") if name in claims):
        raise TokenRefused(why="unit or section is no code")
    if not isinstance(roles, list) or not all(map(is_code, roles)):
        raise TokenRefused(why="roles is no list of codes")
    return Caller(person, frozenset(roles), claims.get("unit"), claims.get("section"))


def _is_name(text: str) -> bool:
    fits = 0 < len(text) <= _LONGEST_PERSON and not is_blank(text)
    return fits and not has_forbidden(text, lines=False)


def issue(
    private_key: Ed25519PrivateKey,
    key_id: str,
    person: str,
    roles: Iterable[str],
    *,
    unit: str | None = None,
    section: str | None = None,
    lifetime: timedelta = timedelta(hours=8),
    now: datetime | None = None,
) -> str:
    """Return a signed token. For the command line and the demo; a real town has its own issuer."""
    issued_at = now or _machine_now()
    claims: dict[str, Any] = {
        "sub": person,
        "roles": sorted(roles),
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": int(issued_at.timestamp()),
        "exp": int((issued_at + lifetime).timestamp()),
        "jti": str(uuid.uuid4()),
    }
    claims |= {name: code for name, code in (("unit", unit), ("section", section)) if code}
    return jwt.encode(claims, private_key, algorithm=ALGORITHM, headers={"kid": key_id})


def public_keys(path: Path) -> dict[str, Ed25519PublicKey]:
    """Return the public keys in a folder of PEM files (key id = stem) or in a JWKS file.

    Raises:
        UnusableKeys: Nothing there, or something that is no Ed25519 public key.
    """
    found = _from_folder(path) if path.is_dir() else _from_jwks(path)
    if not found:
        raise UnusableKeys(path=str(path), why="no public key in it")
    return found


def private_key(path: Path) -> Ed25519PrivateKey:
    """Return the private key in a PEM file.

    Raises:
        UnusableKeys: It is no unencrypted Ed25519 private key.
    """
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise UnusableKeys(path=str(path), why=str(error)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKeys(path=str(path), why="no Ed25519 key")
    return key


def _from_folder(folder: Path) -> dict[str, Ed25519PublicKey]:
    return {path.stem: _from_pem(path) for path in sorted(folder.glob("*.pem"))}


def _from_pem(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UnusableKeys(path=str(path), why="no PEM public key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise UnusableKeys(path=str(path), why="no Ed25519 key")
    return key


def _from_jwks(path: Path) -> dict[str, Ed25519PublicKey]:
    """Keys of other kinds in the set are left out: a shared JWKS may hold some."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["keys"]
        wanted = [entry for entry in entries if entry.get("crv") == "Ed25519"]
        keys = {entry["kid"]: jwt.PyJWK(entry, algorithm=ALGORITHM).key for entry in wanted}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, jwt.PyJWTError) as error:
        raise UnusableKeys(path=str(path), why=f"no JWKS file ({type(error).__name__})") from error
    return {key_id: key for key_id, key in keys.items() if isinstance(key, Ed25519PublicKey)}
