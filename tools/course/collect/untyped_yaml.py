"""YAML as texts, lists and mappings, of documents that nobody vouches for.

PyYAML's own loader without types builds its tree by recursion: 100,000 brackets overflow the C
stack and end the process. Its parser does not recurse, so the tree is built here from its events,
to a bounded depth; this is also several times as fast.
"""

from __future__ import annotations

from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_DEEPEST = 50


def read_yaml(data: bytes) -> Any:
    """The first document, every scalar a text; tags are ignored.

    Raises ValueError if it is no YAML or nested too deeply.
    """
    builder = _Builder()
    try:
        for event in yaml.parse(data, _LOADER):
            builder.take(event)
    except (yaml.YAMLError, UnicodeError) as error:
        raise ValueError(str(error)) from error
    return builder.root


class _Builder:
    """Hangs each value into the list or mapping that is open."""

    def __init__(self) -> None:
        self.root: Any = None
        self._open: list[list[Any] | dict[str, Any]] = []
        self._keys: list[str | None] = []  # of each open container: the key that waits for a value
        self._anchors: dict[str, Any] = {}

    def take(self, event: Any) -> None:
        """One event of the parser."""
        if isinstance(event, yaml.CollectionStartEvent):
            container: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
            self._put(container, event.anchor)
            self._open.append(container)
            self._keys.append(None)
            if len(self._open) > _DEEPEST:
                raise ValueError(f"nested more than {_DEEPEST} deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._put(self._anchors.get(event.anchor), None)
        elif isinstance(event, yaml.ScalarEvent):
            self._put(event.value, event.anchor)

    def _put(self, value: Any, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = value
        if not self._open:
            self.root = value if self.root is None else self.root
            return
        container, key = self._open[-1], self._keys[-1]
        if isinstance(container, list):
            container.append(value)
        elif key is None:
            self._keys[-1] = value if isinstance(value, str) else "?"
        else:
            container[key] = value
            self._keys[-1] = None
