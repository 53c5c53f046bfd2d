"""Which mailbox an address leads to: the many ways to write one count as one."""

from __future__ import annotations

# Where dots before the @ don't matter; the second is an alias of the first.
_WITHOUT_DOTS = "gmail.com"
_OTHER_NAMES = {"googlemail.com": _WITHOUT_DOTS}


def of(address: str) -> str:
    """For comparing and counting, never for sending."""
    name, _, domain = address.strip().lower().rpartition("@")
    domain = _OTHER_NAMES.get(_in_ascii(domain), _in_ascii(domain))
    name = name.partition("+")[0] or name
    return f"{name.replace('.', '') if domain == _WITHOUT_DOTS else name}@{domain}"


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def _in_ascii(domain: str) -> str:
    """As the DNS has it, however it is written."""
    try:
        return domain.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:  # not a domain, and nothing is sent there
        return domain
