"""A DNS responder for the names that Cloud Endpoints published, over UDP on loopback."""

import asyncio
from collections.abc import Callable
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

_TTL = 60
_ZONE = ".cloud.goog."


class DnsResponder(asyncio.DatagramProtocol):
    """Answers A queries below `cloud.goog` by `resolve` (name without last dot to IPv4 or None).

    A name that is not there, or not there yet, is NXDOMAIN; other zones are REFUSED.
    """

    def __init__(self, resolve: Callable[[str], str | None]) -> None:
        self._resolve = resolve
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            query = dns.message.from_wire(data)
        except dns.exception.DNSException:
            return
        if query.question and self._transport is not None:
            self._transport.sendto(self._answer(query).to_wire(), addr)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(query, recursion_available=True)
        answer.flags |= dns.flags.AA
        question = query.question[0]
        name = question.name.to_text().lower()
        if not name.endswith(_ZONE):
            answer.set_rcode(dns.rcode.REFUSED)
            return answer
        ipv4 = self._resolve(name.rstrip("."))
        if ipv4 is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif question.rdtype == dns.rdatatype.A:
            answer.answer.append(dns.rrset.from_text(question.name, _TTL, "IN", "A", ipv4))
        return answer
