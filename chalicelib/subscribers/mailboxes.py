"""Which mailbox an address leads to: the many ways to write one are counted as one."""

from __future__ import annotations

# Where dots before the @ are of no matter; the second is another name of the first.
_WITHOUT_DOTS = "gmail.com"
_OTHER_NAMES = {"googlemail.com": _WITHOUT_DOTS}


def of(address: str) -> str:
    """To compare and to count, never to write to."""
    name, _, domain = address.strip().lower().rpartition("@")
    domain = _OTHER_NAMES.get(_in_ascii(domain), _in_ascii(domain))
    name = name.partition("+")[0] or name
    return f"{name.replace('.', '') if domain == _WITHOUT_DOTS else name}@{domain}"


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def _in_ascii(domain: str) -> str:
    """As it is asked for in the DNS, whichever way it is written."""
    try:
        return domain.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:  # is none, and nothing is sent there
        return domain
