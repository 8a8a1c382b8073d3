"""Strings that have broken pages, tables and terminals elsewhere."""

from __future__ import annotations

HOSTILE = (
    "<script>window.pwned = 1</script>",
    "</script><script>window.pwned = 1</script>",
    '<img src=x onerror="window.pwned = 1">',
    "\"><svg onload='window.pwned = 1'>",
    "' onmouseover='window.pwned=1' x='",
    "javascript:window.pwned=1",
    "{{ 7 * 7 }}{% for x in y %}",
    "</style><style>* { display: none }</style>",
    "</pre></details><h1>100 / 100</h1>",
    "<!-- -->]]><![CDATA[",
    "[click](javascript:alert(1)) ![x](http://example.invalid/a.png) <http://example.invalid>",
    "```\n# out of the fence\n````\n<b>bold</b>",
    '=HYPERLINK("http://example.invalid","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1-1\t=1\r\n-2",
    "\x1b]0;title\x07\x1b[2J\x1b[31mred\x1b[0m\x9b1m",
    "\x1b]8;;http://example.invalid\x1b\\link\x1b]8;;\x1b\\",
    "a\u202egnp.exe\u2066b\u200fc\u061cd",
    "nul\x00bell\x07back\x08del\x7f\x85next\u2028line\u2029end",
    "\ud800lone\udfff",
    "\U000e0041\U000e0042hidden tags\ufeff",
    "z" + "\u0335" * 400 + "algo",
    "../../etc/passwd",
    "..\\..\\windows",
    "x" * 50_000,
    "[bold red]markup[/bold red] [link=http://example.invalid]x[/link]",
    "| a | b |\n|---|---|\n| `c` | d |",
    "%s%n {0} ${HOME} $(id)",
)
