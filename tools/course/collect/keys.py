"""Names for students in reports: readable, unique, safe as folder names, whatever the order."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from grader.submission import slug
from tools.course.student import Owner

# What tells two people of one name apart, the ids that people know first.
_TELLING = (
    "sid",
    "username",
    "login",
    "org_defined_id",
    "user_id",
    "participant",
    "email",
    "submission_id",
    "brightspace_id",
    "anonymous_id",
)


def student_keys(
    owners: Mapping[str, Owner], places: Mapping[str, str], taken: Collection[str] = ()
) -> dict[str, str]:
    """A key for each new identity; none of those `taken`, whatever the case.

    The name alone where it is enough; name and id for all who would share it; and in the last
    resort some digits of the identity's digest. `places` say which folder somebody without ids
    comes from. Keys depend on the set of owners, not on their order.
    """
    level = dict.fromkeys(owners, 0)
    while True:
        keys = {who: _key(who, owners[who], places.get(who, ""), level[who]) for who in owners}
        shared = list(_shared(keys, taken))
        if not shared:
            return keys
        for who in shared:
            level[who] += 1


def _shared(keys: Mapping[str, str], taken: Collection[str]) -> Iterable[str]:
    folded = {key.casefold() for key in taken}
    holders: dict[str, list[str]] = defaultdict(list)
    for who, key in keys.items():
        holders[key.casefold()].append(who)
    return (
        who for key, group in holders.items() if len(group) > 1 or key in folded for who in group
    )


def _key(who: str, owner: Owner, place: str, level: int) -> str:
    base = slug(_base(owner))
    telling = next((owner.ids[kind] for kind in _TELLING if owner.ids.get(kind)), place)
    if level == 0:
        return base
    if level == 1 and telling:
        return f"{base}-{slug(telling.split('@')[0], 30)}"
    digest = hashlib.sha256(f"{owner.system}\0{who}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{base}-{digest[: 4 * level + 4]}"


def _base(owner: Owner) -> str:
    if owner.name:
        return owner.name
    for kind in ("username", "login", "email"):
        if owner.ids.get(kind):
            return owner.ids[kind].split("@")[0]
    for kind, word in (("participant", "participant"), ("anonymous_id", "anon")):
        if owner.ids.get(kind):
            return f"{word}-{owner.ids[kind]}"
    return owner.original
