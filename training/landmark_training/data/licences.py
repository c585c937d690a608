"""What licence an archive states, and which are taken: permissive ones and weak file-wise ones without duties on use."""

import json
import re
from pathlib import Path

from .archives import licence_files

PERMISSIVE = frozenset(
    "MIT MIT-0 MIT-CMU X11 ISC BSD-2-Clause BSD-3-Clause BSD-4-Clause 0BSD Apache-2.0 Zlib BSL-1.0 PSF-2.0 Python-2.0 Unlicense"
    " CC0-1.0 public-domain PostgreSQL curl libpng IJG Unicode-DFS-2016 NCSA WTFPL HPND TCL ZPL-2.1 BlueOak-1.0.0 Artistic-2.0"
    " OpenSSL Zsh libtiff OFL-1.1 W3C EDL-1.0 UPL-1.0 Ruby".split())
COPYLEFT = re.compile(r"GNU (LESSER |AFFERO )?GENERAL PUBLIC LICENSE|\bA?L?GPL(-|v)?\d|Mozilla Public License|\bMPL\b|Eclipse Public|\bEPL\b|CDDL", re.I)
COPYLEFT_HEADER = re.compile(rb"GNU (Lesser |Affero |Library )?General Public Licen[sc]e|SPDX-License-Identifier: *\(?(A|L)?GPL"
                             rb"|SPDX-License-Identifier: *\(?(MPL|EPL|CDDL)|Mozilla Public License")
HEADER_BYTES = 2_500

# What a text must contain to be taken for a licence; the first that fits counts.
TEXT_MARKS = (
    ("Apache-2.0", r"Apache License,?\s+Version 2\.0|apache\.org/licenses/LICENSE-2\.0"),
    ("BSL-1.0", r"Boost Software License"),
    ("PSF-2.0", r"PYTHON SOFTWARE FOUNDATION LICENSE"),
    ("BSD-3-Clause", r"(Neither the name|may not be used to endorse|contributors may be used to endorse|names? of (its|the) contributors)"),
    ("BSD-2-Clause", r"Redistributions? in binary form must reproduce|Redistribution and use in source and binary forms"),
    ("MIT", r"Permission is hereby granted, free of charge"),
    ("ISC", r"Permission to use, copy, modify,? and/or distribute|Permission to use, copy, modify, and distribute this software for any"),
    ("Zlib", r"This software is provided 'as-is', without any express or implied"),
    ("Unlicense", r"This is free and unencumbered software"),
    ("PostgreSQL", r"PostgreSQL Database Management System"),
    ("public-domain", r"(?i)public domain"),
)
SHORT_NAMES = (
    (r"(?i)^\(?(apache([- ]2(\.0)?)?|asl-?2(\.0)?|apache-2\.0[\w-]*|apache license,?( version)? 2\.0.*|apache software license.*|http.*apache.*)$", "Apache-2.0"),
    (r"(?i)^(mit/x11|mit[- ]style.*|mit[- ]license.*|expat.*|mit[- ]expat|mit~\w+|the mit license.*|mit\b.*|x11.*)$", "MIT"),
    (r"(?i)^(bsd-?3([- ]?clause)?s?\b.*|new bsd.*|modified bsd.*|bsd[- ]3.*|3-clause bsd.*|bsd~\w+|bsd license|bsd|bsd-new|bsd-style.*|revised bsd|go|golang.*)$", "BSD-3-Clause"),
    (r"(?i)^(bsd-?2([- ]?clause)?s?\b.*|simplified bsd.*|freebsd|2-clause bsd.*)$", "BSD-2-Clause"),
    (r"(?i)^(bsd-4.*)$", "BSD-4-Clause"),
    (r"(?i)^(isc.*|openbsd)$", "ISC"), (r"(?i)^(zlib.*|libpng)$", "Zlib"), (r"(?i)^(bsl.*|boost.*)$", "BSL-1.0"),
    (r"(?i)^(psf.*|python software foundation.*|python-?2.*)$", "PSF-2.0"), (r"(?i)^(unlicense)$", "Unlicense"), (r"(?i)^(cc0.*)$", "CC0-1.0"),
    (r"(?i)^(public[- _]domain.*|pd)$", "public-domain"), (r"(?i)^postgresql$", "PostgreSQL"), (r"(?i)^(curl)$", "curl"),
    (r"(?i)^openssl$", "OpenSSL"), (r"(?i)^(tcl.*|tk)$", "TCL"), (r"(?i)^(zpl.*|zope.*)$", "ZPL-2.1"), (r"(?i)^(ncsa|uiuc).*$", "NCSA"),
    (r"(?i)^(unicode.*|icu)$", "Unicode-DFS-2016"), (r"(?i)^(edl.*)$", "EDL-1.0"), (r"(?i)^(wtfpl.*)$", "WTFPL"), (r"(?i)^(hpnd.*)$", "HPND"),
    (r"(?i)^(blueoak.*)$", "BlueOak-1.0.0"), (r"(?i)^(0bsd|bsd-0.*)$", "0BSD"), (r"(?i)^(ijg)$", "IJG"),
)


def normal(expression: str) -> str | None:
    """A licence expression -> one permissive licence of it, or None; of alternatives (or) one is enough."""
    for part in re.split(r"(?i)\s+or\s+|\s*[/|]\s*", expression.strip(" ()")):
        allOf = [_short(item.strip(" ()")) for item in re.split(r"(?i)\s+and\s+|,\s+and\s+|,\s+", part) if item.strip(" ()")]
        if allOf and all(allOf):
            return allOf[0]
    return None


def _short(name: str) -> str | None:
    name = re.sub(r"(?i)\s+with\s+.*(exception|classpath).*$", "", name).strip()
    if name in PERMISSIVE:
        return name
    return next((short for pattern, short in SHORT_NAMES if re.match(pattern, name)), None)


def licence_in_text(text: str) -> str | None:
    if COPYLEFT.search(text[:6000]):
        return None
    return next((name for name, mark in TEXT_MARKS if re.search(re.sub(" ", r"\\s+", mark), text[:40_000])), None)


def _of_debian(text: str) -> str | None:
    """debian/copyright: the licence of `Files: *`, else of the first stanza that names files, else the text's."""
    if not re.search(r"^Format:", text, re.M | re.I):
        return licence_in_text(text)
    stanzas = [stanza for stanza in re.split(r"\n\s*\n", text) if re.search(r"^Files:", stanza, re.M)]
    stanzas.sort(key=lambda stanza: not re.search(r"^Files:\s*\*\s*$", stanza, re.M))
    match = re.search(r"^License:[ \t]*(.+)$", stanzas[0], re.M) if stanzas else re.search(r"^License:[ \t]*(.+)$", text, re.M)
    return normal(match.group(1)) if match else None


def _of_metadata(text: str) -> str | None:
    head = text.partition("\n\n")[0]
    match = re.search(r"^License-Expression:\s*(.+)$", head, re.M) or re.search(r"^License:\s*(\S.{1,60})$", head, re.M)
    if match and normal(match.group(1)):
        return normal(match.group(1))
    classifiers = re.findall(r"^Classifier: License :: (?:OSI Approved :: )?(.+)$", head, re.M)
    return next(filter(None, map(normal, classifiers)), None) if not COPYLEFT.search(" ".join(classifiers)) else None


def stated_licence(path: Path) -> str | None:
    """The permissive licence that an archive states; None where it states none of them or another."""
    files = list(licence_files(path))
    for name, text in files:
        if name == "debian/copyright":
            return _of_debian(text)
        if name == "package.json":
            try:
                value = json.loads(text).get("license")
            except (ValueError, AttributeError):
                value = None
            value = value.get("type") if isinstance(value, dict) else value
            return normal(value) if isinstance(value, str) else None
        if name == "metadata" and _of_metadata(text):
            return _of_metadata(text)
    texts = [licence_in_text(text) for name, text in files if re.match(r"licen[cs]e|copying|copyright|unlicense", name)]
    return next(filter(None, texts), None) if texts and any(texts) else None


def has_copyleft_header(content: bytes) -> bool:
    """A file of another licence than its project's."""
    return bool(COPYLEFT_HEADER.search(content[:HEADER_BYTES]))
