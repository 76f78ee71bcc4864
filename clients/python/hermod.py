"""A client of a Hermod hub in one file, with nothing but Python's standard library (3.10 or later).

    import hermod

    with hermod.connect("http://localhost:4700") as client:
        @client.agent("tide")
        class Tide:
            def level(self, place):
                return {"place": place, "metres": 2.5}

        client.start()
        print(client.call("tide", "level", "Bergen"))

It speaks the protocol of docs/protocol.md over one WebSocket. It connects again by itself and goes on where it was: what was
confirmed is neither lost nor done twice by that. All that is here may be used from any thread. Durations are seconds.
"""

from __future__ import annotations

import base64
import collections
import difflib
import hashlib
import inspect
import json
import math
import os
import random
import re
import selectors
import socket
import ssl
import struct
import threading
import time
import traceback
import urllib.parse
from typing import Any, Callable, Iterator, Mapping, Optional

__all__ = [
    "connect", "Client", "Agent", "Context", "Delivery", "Mailbox", "Retry", "Task", "Part", "Terminal", "RetryAfter",
    "HermodError", "NoAgentError", "TimeoutError", "OverloadedError", "RejectedError", "FailedError", "CancelledError",
    "LoopError", "BudgetError", "ExpiredError", "StaleLeaseError", "TooLargeError", "UnauthorizedError", "ForbiddenError",
    "UnreachableError", "ClosedError", "uuid7",
]  # fmt: skip

PROTOCOL = 1
MOST_MESSAGE = 8 * 2**20
_MOST_TEXT = 2**20
_MOST_HOPS = 32
_BEAT = 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0
# How long a hub may take nothing of what is sent.
_SLOW = 20.0


# Errors


class HermodError(Exception):
    """An error with a `code` that stays the same (docs/errors.md), a `hint`, `details`, and whether a retry may help."""

    code = "HERMOD_FAILED"
    category = "failure"
    retryable = False
    hint: Optional[str] = None

    def __init__(
        self,
        message: str,
        *,
        code: Optional[str] = None,
        category: Optional[str] = None,
        retryable: Optional[bool] = None,
        hint: Optional[str] = None,
        details: Optional[Mapping[str, Any]] = None,
    ):
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.category = category or type(self).category
        self.retryable = type(self).retryable if retryable is None else retryable
        self.hint = hint or type(self).hint
        self.details = dict(details or {})

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" + (f" ({self.hint})" if self.hint else "")


_classes: dict[str, type] = {}


def _kind(name: str, code: str, category: str, retryable: bool, says: str, hint: Optional[str] = None) -> type:
    made = type(name, (HermodError,), {"__doc__": says, "__module__": __name__})
    made.code, made.category, made.retryable, made.hint = code, category, retryable, hint
    _classes[code] = made
    return made


NoAgentError = _kind("NoAgentError", "HERMOD_NO_AGENT", "routing", True, "No agent has this name.",
                     "Check the name against the nearest ones, or start the agent.")  # fmt: skip
TimeoutError = _kind("TimeoutError", "HERMOD_TIMEOUT", "timeout", True, "No answer came in time; the work may go on.",
                     "Allow more time, or look whether the agent is served.")  # fmt: skip
OverloadedError = _kind("OverloadedError", "HERMOD_OVERLOADED", "overload", True, "No room for the message.")
RejectedError = _kind("RejectedError", "HERMOD_REJECTED", "failure", False, "The receiver refused the message.")
FailedError = _kind("FailedError", "HERMOD_FAILED", "failure", True, "The agent's handler failed; its error is the cause.")
CancelledError = _kind("CancelledError", "HERMOD_CANCELLED", "lifecycle", False, "Somebody wants it no more.")
LoopError = _kind("LoopError", "HERMOD_LOOP", "routing", False, "Agents send in a circle.")
BudgetError = _kind("BudgetError", "HERMOD_BUDGET", "overload", False, "The conversation has spent what it was given.")
ExpiredError = _kind("ExpiredError", "HERMOD_EXPIRED", "timeout", False, "The deadline had passed.")
StaleLeaseError = _kind("StaleLeaseError", "HERMOD_STALE_LEASE", "lifecycle", False, "Somebody else has the message now.")
TooLargeError = _kind("TooLargeError", "HERMOD_TOO_LARGE", "usage", False, "Larger than a limit.")
UnauthorizedError = _kind("UnauthorizedError", "HERMOD_UNAUTHORIZED", "usage", False, "The hub does not know who asks.")
ForbiddenError = _kind("ForbiddenError", "HERMOD_FORBIDDEN", "usage", False, "The token does not allow this.")
UnreachableError = _kind("UnreachableError", "HERMOD_UNREACHABLE", "storage", True, "The hub does not answer.",
                         "Start the hub named here, or compare its address.")  # fmt: skip
ClosedError = _kind("ClosedError", "HERMOD_CLOSED", "lifecycle", True, "The client is closed.")


def _error(record: Any) -> HermodError:
    """The error that a record describes; the error of the agent's own code inside it is its cause."""
    if not isinstance(record, dict) or not isinstance(record.get("message"), str):
        record = {"code": "HERMOD_FAILED", "message": json.dumps(record, default=str)}
    code = str(record.get("code"))
    error = _classes.get(code, HermodError)(
        record["message"],
        code=code,
        category=record.get("category"),
        retryable=bool(record.get("retryable")),
        hint=record.get("hint"),
        details=record.get("details"),
    )
    inner = error.details.get("error")
    if isinstance(inner, dict):
        error.__cause__ = _error(inner)
    return error


def _record(thrown: BaseException) -> dict[str, Any]:
    """An error as plain data."""
    if isinstance(thrown, HermodError):
        record = {"code": thrown.code, "name": type(thrown).__name__, "message": thrown.message}
        record |= {"category": thrown.category, "retryable": thrown.retryable}
        return record | {k: v for k, v in (("hint", thrown.hint), ("details", thrown.details)) if v}
    stack = "".join(traceback.format_exception(thrown))[-2048:]
    record = {"code": "HERMOD_FAILED", "name": type(thrown).__name__, "message": str(thrown)[:4096]}
    return record | {"category": "failure", "retryable": True, "stack": stack}


class Terminal(Exception):
    """Raise it in a handler to say that trying again cannot help: the message goes to the dead letters at once."""


class RetryAfter(Exception):
    """Raise it in a handler to have the message tried again after so many seconds."""

    def __init__(self, delay: float, message: str = ""):
        super().__init__(message or f"retry after {delay} s")
        self.delay = delay


# Plain data


def _is_mark(key: Any) -> bool:
    return isinstance(key, str) and key.endswith("bytes") and len(key) > 5 and set(key[:-5]) == {"$"}


def _encoded(value: Any, depth: int = 0) -> Any:
    """Plain data as JSON has it; bytes are `{"$bytes": base64}`."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if depth > 64:
        raise TooLargeError("data has more than 64 levels", hint="Flatten the data; a cycle is endless depth.")
    if isinstance(value, int) and abs(value) < 2**53:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, (list, tuple)):
        return [_encoded(item, depth + 1) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        if len(value) == 1:
            (key,) = value
            return {f"${key}" if _is_mark(key) else key: _encoded(value[key], depth + 1)}
        return {key: _encoded(item, depth + 1) for key, item in value.items()}
    shown = value if isinstance(value, (int, float)) else type(value).__name__
    raise HermodError(
        f"{shown} is not plain data",
        code="HERMOD_BAD_PAYLOAD",
        category="usage",
        hint="Send text, finite numbers up to 2**53, booleans, None, lists, dicts with text as keys, bytes.",
    )


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (key,) = value
        if key == "$bytes":
            return base64.b64decode(value[key])
        return {key[1:] if _is_mark(key) else key: _decoded(value[key])}
    return {key: _decoded(item) for key, item in value.items()}


def _text(value: Any) -> bytes:
    """JSON in UTF-8; half a character, which UTF-8 cannot write, is escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


_id_lock = threading.Lock()
_last_id = 0


def uuid7() -> str:
    """A fresh id (RFC 9562, 5.7); those of one process grow."""
    global _last_id
    with _id_lock:
        _last_id = max(_last_id + 1, time.time_ns() // 1_000_000 << 12)
        at, count = _last_id >> 12, _last_id & 0xFFF
    low = int.from_bytes(os.urandom(8), "big") & (2**62 - 1) | 2**63
    text = f"{at << 80 | 7 << 76 | count << 64 | low:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _now() -> int:
    return time.time_ns() // 1_000_000


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def _said(**fields: Any) -> dict[str, Any]:
    """What is not None."""
    return {name: value for name, value in fields.items() if value is not None}


# The WebSocket


class _Broken(Exception):
    """The connection has ended, and why."""


class _Tls:
    """A TLS socket that one thread reads while another one writes, which OpenSSL alone does not allow."""

    def __init__(self, raw: socket.socket, host: str, context: ssl.SSLContext):
        self._raw, self._lock = raw, threading.Lock()
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=host)
        while True:
            try:
                self._tls.do_handshake()
                return self._flush()
            except ssl.SSLWantReadError:
                self._flush()
                self._feed()

    def recv(self, size: int) -> Optional[bytes]:
        """What has come, which may be nothing that can be read yet; None at the end."""
        self._feed()
        with self._lock:
            read = b""
            try:
                while data := self._tls.read(size):
                    read += data
            except ssl.SSLWantReadError:
                self._flush()
                return read
            except ssl.SSLError:
                pass
            return read or None

    def sendall(self, data: bytes) -> None:
        with self._lock:
            self._tls.write(data)
            self._flush()

    def _feed(self) -> None:
        data = self._raw.recv(65536)
        with self._lock:
            self._in.write(data) if data else self._in.write_eof()

    def _flush(self) -> None:
        if self._out.pending:
            self._raw.sendall(self._out.read())


class _WebSocket:
    """RFC 6455, as much as a client needs: texts both ways, pings answered."""

    def __init__(self, url: str, timeout: float, context: Optional[ssl.SSLContext]):
        where = urllib.parse.urlsplit(url)
        secure = where.scheme in ("https", "wss")
        host, port = where.hostname or "localhost", where.port or (443 if secure else 80)
        raw = socket.create_connection((host, port), timeout)
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._raw = raw
            self._socket = _Tls(raw, host, context or ssl.create_default_context()) if secure else raw
            self._buffer = bytearray()
            self._lock = threading.Lock()
            self._shake_hands(where.netloc.rpartition("@")[2], f"{where.path.rstrip('/')}/v1/socket")
            raw.settimeout(_SLOW)
            self._selector = selectors.DefaultSelector()
            self._selector.register(raw, selectors.EVENT_READ)
        except BaseException:
            raw.close()
            raise

    def _shake_hands(self, host: str, path: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", ""]
        self._socket.sendall("\r\n".join(lines).encode())
        while b"\r\n\r\n" not in self._buffer:
            if len(self._buffer) > 65536:
                raise _Broken("no answer of a hub")
            self._read()
        head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        self._buffer = bytearray(rest)
        status, *fields = head.decode("latin-1").split("\r\n")
        if status.split(" ")[1:2] != ["101"]:
            raise _Broken(f"the hub answers {status!r}")
        told = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in fields)}
        mark = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
        if told.get("sec-websocket-accept") != base64.b64encode(mark).decode():
            raise _Broken("no answer of a WebSocket")

    def _read(self) -> None:
        data = self._socket.recv(262_144)
        if data is None or (not data and self._socket is self._raw):
            raise _Broken("the hub has gone")
        self._buffer += data

    def receive(self, timeout: float) -> Optional[bytes]:
        """The next text; None when none has come in time, though a part of it may have."""
        until = time.monotonic() + timeout
        while (text := self._taken()) is None:
            if not self._selector.select(max(0.0, until - time.monotonic())):
                return None
            self._read()
        return text

    _parts: bytes = b""

    def _taken(self) -> Optional[bytes]:
        while (frame := self._frame()) is not None:
            final, kind, data = frame
            if kind == 8:
                raise _Broken(self._why(data))
            if kind == 9:
                self._send(10, data)
            elif kind in (0, 1):
                self._parts += data
                if final:
                    text, self._parts = self._parts, b""
                    return text
        return None

    def _frame(self) -> Optional[tuple[bool, int, bytes]]:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        length, at = buffer[1] & 127, 2
        if length > 125:
            size = 2 if length == 126 else 8
            length, at = int.from_bytes(buffer[2 : 2 + size], "big"), 2 + size
            if len(buffer) < at:
                return None
        if len(buffer) < at + length:
            return None
        data = bytes(buffer[at : at + length])
        first = buffer[0]
        del buffer[: at + length]
        return bool(first & 128), first & 15, data

    def _why(self, data: bytes) -> str:
        code = int.from_bytes(data[:2], "big") if len(data) >= 2 else 1005
        return data[2:].decode(errors="replace") or f"closed with code {code}"

    def send(self, text: bytes) -> None:
        self._send(1, text)

    def _send(self, kind: int, data: bytes) -> None:
        size = len(data)
        if size < 126:
            head = struct.pack("!BB", 128 | kind, 128 | size)
        elif size < 65536:
            head = struct.pack("!BBH", 128 | kind, 254, size)
        else:
            head = struct.pack("!BBQ", 128 | kind, 255, size)
        mask = os.urandom(4)
        # As one large number: byte by byte it would take a second for each ten megabytes.
        keys = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(keys, "big")).to_bytes(size, "big")
        with self._lock:
            self._socket.sendall(head + mask + masked)

    def cut(self) -> None:
        """Ends it; whoever reads or writes finds it ended."""
        try:
            self._raw.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self) -> None:
        """As `cut`, by the thread that reads, which alone may give the socket back."""
        self.cut()
        self._selector.close()
        self._raw.close()


# The link: one connection after the other


class _Request:
    __slots__ = ("n", "op", "rest", "doubtful", "sent", "out", "done", "answer", "error", "then")

    def __init__(self, n: int, op: str, rest: bytes, doubtful: bool, then: Optional[Callable[[Any], None]]):
        self.n, self.op, self.rest, self.doubtful, self.then = n, op, rest, doubtful, then
        # Sent at all, and on the connection that stands.
        self.sent = self.out = False
        self.done = threading.Event()
        self.answer: Any = None
        self.error: Optional[HermodError] = None

    def frame(self) -> bytes:
        return f'{{"n":{self.n},"op":"{self.op}"'.encode() + (b"" if self.rest == b"}" else b",") + self.rest


class _Link:
    """Requests over a connection that may break: they are sent again under the same numbers, and their session goes on."""

    def __init__(self, url: str, hello: dict[str, Any], timeout: float, context: Optional[ssl.SSLContext]):
        self._url, self._hello, self._timeout, self._context = url, hello, timeout, context
        self.heard: Callable[[dict[str, Any]], None] = lambda frame: None
        # What a hub that has forgotten this client is told first, and what follows when it was.
        self.renewals: Callable[[], list[tuple[str, dict[str, Any]]]] = lambda: []
        self.renewed: Callable[[], None] = lambda: None
        self._changed = threading.Condition()
        self._open: dict[int, _Request] = {}
        self._unsent: collections.deque[_Request] = collections.deque()
        self._sent = 0
        self._last = 0
        self._got: list[int] = []
        self._said: list[bytes] = []
        self._socket: Optional[_WebSocket] = None
        self._session: Optional[str] = None
        self._credit = 0
        #: How far the hub's clock is ahead, and when it was last said hello, in milliseconds.
        self._ahead, self._greeted = 0, 0
        self._over: Optional[HermodError] = None
        self._reason = "nothing was heard"
        self._welcomed = threading.Event()
        self._ended = threading.Event()
        self.level: dict[str, Any] = {}
        for work in (self._keep, self._write):
            threading.Thread(target=work, name=f"hermod{work.__name__}", daemon=True).start()
        if not self._welcomed.wait(timeout):
            self.end(self._unreachable(f"within {timeout} s"))
        if self._over:
            raise self._over

    @property
    def is_open(self) -> bool:
        return self._credit > 0

    def begin(self, op: str, fields: dict[str, Any], doubtful: bool = False, then: Any = None) -> _Request:
        """Asks; what is `doubtful` is not done again by a hub that has forgotten whether it did it."""
        rest = _text(fields)[1:]
        if len(rest) > MOST_MESSAGE - 1024:
            raise TooLargeError(f'"{op}" is longer than a message to a hub may be: {MOST_MESSAGE} bytes')
        with self._changed:
            if self._over:
                raise self._over
            request = _Request(0, op, rest, doubtful, then)
            self._number(request)
            self._unsent.append(request)
            self._changed.notify_all()
        return request

    def _number(self, request: _Request) -> None:
        self._last += 1
        request.n = self._last
        self._open[request.n] = request

    def ask(self, op: str, fields: dict[str, Any], doubtful: bool = False, timeout: Optional[float] = None) -> Any:
        request = self.begin(op, fields, doubtful)
        if not request.done.wait(timeout):
            raise TimeoutError(f'the hub did not answer "{op}" in {timeout} s; whether it is done is unknown')
        if request.error:
            raise request.error
        return request.answer

    def rest(self, timeout: float) -> None:
        """Waits until all is answered."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open or self._credit == 0, timeout)

    def end(self, error: HermodError) -> None:
        with self._changed:
            if self._over:
                return
            self._over = error
            connection = self._socket if self._credit > 0 else None
            left, self._open = list(self._open.values()), {}
            got, self._got = self._got, []
            self._unsent.clear()
            self._credit = 0
            self._changed.notify_all()
        self._ended.set()
        self._welcomed.set()
        if connection:
            try:
                connection.send(_text([{"got": got}, {"bye": True}] if got else [{"bye": True}]))
            except OSError:
                pass
        if self._socket:
            self._socket.cut()
        for request in left:
            self._finish(request, None, error)

    # Connecting

    def _keep(self) -> None:
        """Connects as long as there is a client, and takes what the hub says."""
        failures = 0
        while not self._over:
            connection = None
            try:
                connection = self._socket = _WebSocket(self._url, self._timeout, self._context)
                self._greeted = _now()
                connection.send(_text([{"hello": PROTOCOL, **_said(session=self._session), **self._hello}]))
                for text in self._texts(connection):
                    for frame in json.loads(text):
                        self._take(frame)
                    failures = 0
            except (_Broken, HermodError, OSError, ValueError) as broken:
                self._reason = str(broken) or type(broken).__name__
            with self._changed:
                self._credit = 0
                self._changed.notify_all()
            if connection:
                connection.close()
            failures += 1
            self._ended.wait(random.random() * min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(failures, 10)))

    def _texts(self, connection: _WebSocket) -> Iterator[bytes]:
        """What comes, as long as something does; the hub hears of this client all the while."""
        silent, beat = 0, time.monotonic() + _BEAT
        while not self._over:
            text = connection.receive(max(0.01, beat - time.monotonic()))
            if text is not None:
                silent = 0
                yield text
            if time.monotonic() < beat:
                continue
            if silent >= 2:
                raise _Broken("nothing was heard")
            silent, beat = silent + 1, time.monotonic() + _BEAT
            self._say(b'{"ping":%d}' % _now())

    def _say(self, frame: bytes) -> None:
        with self._changed:
            self._said.append(frame)
            self._changed.notify_all()

    def _take(self, frame: dict[str, Any]) -> None:
        if "n" in frame:
            self._answered(frame)
        elif "welcome" in frame:
            self._welcome(frame)
        elif "refused" in frame:
            self.end(_error(frame["refused"]))
        elif "pong" in frame:
            self._timed(frame.get("now"), frame["pong"])
        elif "seen" in frame:
            self._left(frame["seen"])
        else:
            self.heard(frame)

    def _left(self, seen: int) -> None:
        """The hub hears nothing more on this connection: what is behind its last request is as if it had not been sent."""
        with self._changed:
            self._credit = 0
            for request in self._open.values():
                if request.sent and request.n > seen:
                    request.sent = False
                    self._sent -= 1

    def _timed(self, hub: Any, asked: int) -> None:
        """The hub's time, asked then: it was no earlier, and is no later by now. What is known of it stays as long as it fits between."""
        if isinstance(hub, (int, float)):
            self._ahead = max(math.floor(hub) - _now(), min(self._ahead, math.floor(hub) - asked))

    def now(self) -> int:
        """The time at the hub: all that is stored is timed by it."""
        return _now() + self._ahead

    def _welcome(self, welcome: dict[str, Any]) -> None:
        self._timed(welcome.get("now"), self._greeted)
        is_new = self._session is not None and not welcome["resumed"]
        lost = []
        with self._changed:
            self._session, self.level = welcome["session"], welcome["level"]
            #: What the client's address ends with.
            self.tag = f".{welcome['tag']}" if "tag" in welcome else ""
            if is_new:
                lost = [each for each in self._open.values() if each.sent and each.doubtful]
                for request in lost:
                    del self._open[request.n]
                left, self._open = list(self._open.values()), {}
                told = [_Request(0, op, _text(fields)[1:], False, None) for op, fields in self.renewals()]
                # The numbers of a new session are new: what makes mailboxes goes before what is sent to them.
                for request in told + left:
                    self._number(request)
            self._unsent = collections.deque(self._open.values())
            for request in self._unsent:
                request.out = False
            self._sent = 0
            self._said.clear()
            self._credit = welcome["credit"]
            self._changed.notify_all()
        for request in lost:
            unknown = f'the hub was started anew while it did "{request.op}": whether it was done is unknown'
            self._finish(request, None, UnreachableError(unknown, details={"op": request.op}))
        self._welcomed.set()
        if is_new:
            self.renewed()

    def _answered(self, frame: dict[str, Any]) -> None:
        with self._changed:
            self._got.append(frame["n"])
            request = self._open.pop(frame["n"], None)
            if request and request.out:
                self._sent -= 1
            self._changed.notify_all()
        if request:
            self._finish(request, frame.get("is"), _error(frame["error"]) if "error" in frame else None)

    def _finish(self, request: _Request, answer: Any, error: Optional[HermodError]) -> None:
        request.answer, request.error = answer, error
        request.done.set()
        if request.then and error is None:
            request.then(answer)

    # Sending

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work)
                if self._over:
                    return
                connection, frames = self._socket, self._frames()
            try:
                if connection and frames:
                    connection.send(b"[" + b",".join(frames) + b"]")
            except (OSError, ssl.SSLError):
                # Whoever reads finds it broken too, and what was not answered is sent again.
                connection.cut()
                with self._changed:
                    self._changed.wait_for(lambda: self._over or self._socket is not connection)

    def _has_work(self) -> bool:
        if self._over:
            return True
        if self._credit == 0:
            return False
        return bool(self._said) or len(self._got) >= 200 or (bool(self._unsent) and self._sent < self._credit)

    def _frames(self) -> list[bytes]:
        """Those of one message; what has come is told of with a ping, or when it is much."""
        frames, self._said = self._said, []
        if self._got and (frames or len(self._got) >= 200):
            frames.append(_text({"got": self._got}))
            self._got = []
        room = _MOST_TEXT
        while self._unsent and self._sent < self._credit:
            size = len(self._unsent[0].rest)
            if frames and size > room:
                break
            request = self._unsent.popleft()
            if self._open.get(request.n) is not request:
                # Its answer came before it was asked for again.
                continue
            request.sent = request.out = True
            self._sent += 1
            room -= size
            frames.append(request.frame())
        return frames

    def _unreachable(self, when: str) -> HermodError:
        message = f"the hub at {self._url} did not answer {when}: {self._reason}"
        return UnreachableError(message, details={"url": self._url, "reason": self._reason})


# What a client does


class Retry:
    """How failed deliveries are tried again: so many times, after `base` seconds, then `factor` times longer each, `cap` at the most."""

    def __init__(self, retries: int = 3, base: float = 1.0, factor: float = 2.0, cap: float = 300.0, jitter: bool = True):
        self.retries, self.base, self.factor, self.cap, self.jitter = retries, base, factor, cap, jitter

    @staticmethod
    def of(policy: Mapping[str, Any]) -> "Retry":
        base, cap = policy["base"] / 1000, policy["cap"] / 1000
        return Retry(policy["retries"], base, policy["factor"], cap, policy["jitter"] != "none")

    def delay(self, attempt: int) -> float:
        """Seconds to wait after this attempt, from 1."""
        try:
            length = min(self.cap, self.base * self.factor ** (attempt - 1))
        except OverflowError:
            length = self.cap
        return length * random.random() if self.jitter else length

    def plain(self) -> dict[str, Any]:
        fields = {"retries": self.retries, "base": _ms(self.base), "factor": self.factor, "cap": _ms(self.cap)}
        return fields | {"jitter": "full" if self.jitter else "none"}


class Part:
    """A partial result of a task: its `value`, its `number` to go on after, and the `attempt` that gave it."""

    def __init__(self, number: int, attempt: int, value: Any):
        self.number, self.attempt, self.value = number, attempt, value

    def __repr__(self) -> str:
        return f"Part({self.number}, {self.value!r})"


_PRIORITIES = {"low": 1, "normal": 2, "high": 3, "urgent": 4}


class _Origin:
    """As whom something is sent, and on the way of what."""

    def __init__(self, sender: str, reply_to: str, envelope: Optional[dict[str, Any]] = None):
        self.sender, self.reply_to = sender, reply_to
        envelope = envelope or {}
        self.fields = _said(
            conversationId=envelope.get("conversationId"),
            causeId=envelope.get("id"),
            trace=envelope.get("trace"),
            budget=envelope.get("budget"),
        )
        self.hops = [*envelope.get("hops", []), sender] if envelope else []
        self.waits: int = envelope.get("waits", 0)
        self.deadline: Optional[int] = envelope.get("deadline")


def _answer(reply: dict[str, Any], wait: tuple) -> None:
    """Gives a reply to the call that waits, where it is of whom that asked."""
    to, slot, done = wait
    sender = reply["from"]
    if not (sender == to or sender.startswith(f"{to}/")):
        return
    payload = _decoded(reply.get("payload"))
    if reply["type"] == "error":
        slot["error"] = _error(payload)
    else:
        slot["answer"] = payload
    done.set()


class _Speaker:
    """What can be sent: by a client as itself, and by a handler as its agent."""

    _client: "Client"
    _origin: _Origin

    def call(self, to: str, operation: str = "", payload: Any = None, *, timeout: float = 30.0, **options: Any) -> Any:
        """Asks an agent and waits for its answer. Raises what went wrong: NoAgentError, TimeoutError, FailedError, ...

        Options, as of all that is sent: priority ("low" to "urgent"), key (the same key is the same message), order_key,
        conversation, metadata, delivery, retry (a Retry), budget, trace.
        """
        options.setdefault("delivery", "at-most-once")
        envelope = self._envelope("call", "request", operation, payload, {"to": to}, options, timeout)
        envelope |= {"replyTo": self._origin.reply_to, "correlationId": envelope["id"]}
        return self._client._call(envelope, timeout)

    def cast(self, to: str, operation: str = "", payload: Any = None, *, delay: Optional[float] = None, **options: Any) -> str:
        """Sends one way; gives the message's id once it is stored. With `delay` it is handed out that many seconds later."""
        envelope = self._envelope("cast", "notification", operation, payload, {"to": to}, options, None)
        return self._client._store(envelope | _said(notBefore=delay and self._client._link.now() + _ms(delay)))

    def publish(self, topic: str, payload: Any = None, **options: Any) -> str:
        """Sends to whoever listens to the topic; gives the message's id."""
        envelope = self._envelope("publish", "notification", "", payload, {"topic": topic}, options, None)
        return self._client._store(envelope)

    def task(
        self,
        to: str,
        operation: str = "",
        payload: Any = None,
        *,
        timeout: Optional[float] = None,
        on_done: Optional[tuple[str, str]] = None,
        idle: Optional[float] = None,
        ahead: Optional[int] = None,
        **options: Any,
    ) -> "Task":
        """Hands out long work that outlives this process: look after it by the Task, later by `client.task_by_id`."""
        done = on_done and {"to": on_done[0], "operation": on_done[1]}
        terms = _said(done=done, idle=idle and _ms(idle), ahead=ahead)
        envelope = self._envelope("task", "task", operation, payload, {"to": to}, options, timeout)
        return Task(self._client, to, self._client._store(envelope | {"task": terms}))

    def _envelope(
        self, verb: str, kind: str, operation: str, payload: Any, to: dict, options: dict, timeout: Optional[float]
    ) -> dict[str, Any]:
        origin, given = self._origin, dict(options)
        if len(origin.hops) >= _MOST_HOPS:
            raise LoopError(f"the message was not sent: {_MOST_HOPS} agents have sent on to one another")
        priority, retry = given.pop("priority", None), given.pop("retry", None)
        fields = _said(
            priority=_PRIORITIES.get(priority, priority),
            delivery=given.pop("delivery", None),
            retry=retry and retry.plain(),
            idempotencyKey=given.pop("key", None),
            orderKey=given.pop("order_key", None),
            conversationId=given.pop("conversation", None),
            metadata=_encoded(given.pop("metadata", None)),
            budget=given.pop("budget", None),
            trace=given.pop("trace", None),
        )
        if given:
            raise HermodError(f"{verb} has no option {', '.join(given)}", code="HERMOD_BAD_OPTION", category="usage")
        now, inherits = self._client._link.now(), verb in ("call", "task")
        ends = [now + _ms(timeout)] if timeout is not None else []
        if inherits and origin.deadline is not None:
            ends.append(origin.deadline)
        waits = min(len(origin.hops), origin.waits + 1) if verb == "call" else 0
        envelope = {"id": uuid7(), "verb": verb, "type": kind, "operation": operation, "from": origin.sender, **to}
        envelope |= {"sentAt": now, "hops": origin.hops, "waits": waits, "sequence": self._client._next(), "priority": 2}
        envelope |= {"payload": _encoded(payload)} if payload is not None else {}
        return envelope | origin.fields | fields | _said(deadline=min(ends, default=None))


class Client(_Speaker):
    """A connection to a hub; made by `connect`."""

    def __init__(self, url: str, token: Optional[str], name: Optional[str], timeout: float, context: Any):
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https", "ws", "wss") or not parts.hostname:
            raise HermodError(
                f"connect takes the address of a hub, such as http://localhost:4700, got {url!r}",
                code="HERMOD_BAD_OPTION",
                category="usage",
            )
        self._client = self
        self._lock = threading.Lock()
        self._sequence = 0
        self._waiting: dict[str, tuple[str, dict[str, Any], threading.Event]] = {}
        self._rules: dict[str, dict[str, Any]] = {}
        self._bindings: set[tuple[str, str]] = set()
        self._watches: dict[str, list[threading.Event]] = {}
        self._follows: dict[str, list[threading.Event]] = {}
        self._agents: list[Agent] = []
        self._mailboxes: dict[str, Mailbox] = {}
        self._started = False
        self._closed = threading.Event()
        self._closing = False
        self._link = _Link(url, _said(token=token, client=name), timeout, context)
        self.address = f"~{uuid7()}{self._link.tag}"
        self._origin = _Origin(self.address, self.address)
        self._link.heard, self._link.renewals, self._link.renewed = self._heard, self._renewals, self._wake_all
        try:
            self._announce(self.address, {"order": "fifo"})
        except BaseException:
            self._link.end(ClosedError("the client could not be opened"))
            raise
        self._desk_wake = self._watch(self.address)
        threading.Thread(target=self._desk, name="hermod_desk", daemon=True).start()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    @property
    def is_connected(self) -> bool:
        """True while the hub answers."""
        return self._link.is_open

    # Agents

    def agent(self, name: str, **options: Any) -> "Agent":
        """Declares an agent: decorate a class, whose public methods are its operations, or functions by `.on("operation")`.

        Options: concurrency (threads at work at once, default 1), lease (seconds, default 30; renewed by itself), retry (a
        Retry), topics (patterns such as "tide.*"), rule (of its mailbox, such as {"count": 1000}). It begins with `start()`.
        """
        made = Agent(self, name, **options)
        with self._lock:
            self._agents.append(made)
        return made

    def start(self) -> None:
        """Lets the agents that are declared begin, and those declared as classes later at once."""
        self._started = True
        for each in list(self._agents):
            each.start()

    def run(self) -> None:
        """Starts the agents and waits until the client is closed, or interrupted by Ctrl-C."""
        self.start()
        try:
            while not self._closed.wait(1):
                pass
        except KeyboardInterrupt:
            self.close()

    def mailbox(self, name: str, **options: Any) -> "Mailbox":
        """A mailbox whose messages are taken by hand."""
        with self._lock:
            known = self._mailboxes.get(name)
        if known is None:
            known = self._mailboxes[name] = Mailbox(self, name, **options)
        return known

    def receive(self, name: str, timeout: Optional[float] = None, **options: Any) -> Optional["Delivery"]:
        """Takes the next message of a mailbox; None when none has come in time."""
        return self.mailbox(name).receive(timeout, **options)

    # Looking

    def history(self, where: str = "", *, conversation: Optional[str] = None, agent: Optional[str] = None, order: Optional[str] = None, limit: int = 100) -> list:
        """Messages with what became of them: of a conversation, of an agent, or all that fit the filter; order "newest" gives the newest first."""
        return self._read("history", limit, where=where or None, conversation=conversation, agent=agent, order=order)

    def dead_letters(self, where: str = "", limit: int = 100) -> list:
        """Messages that could not be handled, with their attempts and why."""
        return self._read("dead", limit, where=where or None)

    def waiting(self, mailbox: str, where: str = "", limit: int = 100) -> list:
        """Messages that wait in a mailbox, taking none."""
        return self._read("waiting", limit, mailbox=mailbox, where=where or None)

    def counts(self, mailbox: str) -> dict[str, Any]:
        """Numbers of a mailbox."""
        return next(iter(self._read("counts", 1, mailbox=mailbox)), {})

    def agents(self) -> list[str]:
        """The names of all agents that ever were."""
        return [name for name in self._link.ask("directory", {}) if not name.startswith("~")]

    def redrive(self, id: str, force: bool = False, dry_run: bool = False) -> dict[str, Any]:
        """Gives a dead letter back to its mailbox."""
        operation = {"type": "redrive", "id": id, "force": force, "dryRun": dry_run}
        return self._link.ask("operate", {"operation": operation}, doubtful=True)

    def task_by_id(self, agent: str, id: str) -> "Task":
        """A task that was handed out before, here or elsewhere."""
        return Task(self, agent, id)

    def _read(self, kind: str, limit: int, **query: Any) -> list:
        items: list = []
        after: Optional[str] = None
        while len(items) < limit:
            asked = _said(type=kind, after=after, limit=min(100, limit - len(items)), **query)
            page = self._link.ask("read", {"query": asked})
            items += _decoded(page["items"])
            after = page.get("next")
            if after is None:
                break
        return items

    # Ending

    def close(self, timeout: float = 25.0) -> None:
        """Claims nothing more, waits so long for what runs, gives back what has not ended, and says goodbye."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
        until = time.monotonic() + timeout
        for each in self._agents:
            each._stop()
        for each in self._agents:
            each._drain(until)
        for box in self._mailboxes.values():
            box._end()
        try:
            if self._link.is_open:
                operation = {"type": "remove", "mailbox": self.address}
                self._link.begin("operate", {"operation": operation}, doubtful=True)
            self._link.rest(min(5.0, max(0.1, until - time.monotonic())))
        except HermodError:
            pass
        self._closed.set()
        self._wake_all()
        self._link.end(ClosedError("the client is closed"))
        with self._lock:
            waiting, self._waiting = list(self._waiting.values()), {}
        for _, slot, done in waiting:
            slot["error"] = ClosedError("the client was closed while the call waited; its outcome is unknown")
            done.set()

    # Sending

    def _next(self) -> int:
        with self._lock:
            self._sequence += 1
            return self._sequence

    def _store(self, envelope: dict[str, Any], timeout: Optional[float] = None) -> str:
        """Stores a message; gives the id that it has."""
        doubtful = envelope.get("delivery") == "at-most-once"
        answer = self._link.ask("append", {"envelope": envelope}, doubtful, timeout)
        status = answer["status"]
        if status in ("stored", "dropped"):
            return envelope["id"]
        if status == "duplicate":
            return answer["id"]
        if status == "unknown" and "topic" in envelope:
            self._link.ask("bury", {"envelope": envelope, "reason": "no-subscriber"})
            return envelope["id"]
        raise self._refusal(envelope, answer)

    def _refusal(self, envelope: dict[str, Any], answer: dict[str, Any]) -> HermodError:
        to, status = envelope.get("to") or envelope.get("topic"), answer["status"]
        if status == "unknown":
            known = self.agents()
            near = difflib.get_close_matches(to or "", known, 1)
            guess = f' Did you mean "{near[0]}"?' if near else ""
            return NoAgentError(f'no agent "{to}".{guess}', details={"to": to, "known": known[:100]})
        if status == "full":
            return OverloadedError(f"{to} is full", details={"to": to, **answer})
        if status == "spent":
            return BudgetError("the conversation has sent as many messages as it may", details=dict(answer))
        message = f"the message was used before for other content (message {answer.get('id')})"
        return HermodError(message, code="HERMOD_CONFLICT", category="usage", details=dict(answer))

    def _call(self, envelope: dict[str, Any], timeout: float) -> Any:
        id, done, slot = envelope["id"], threading.Event(), {}
        wait = (envelope["to"], slot, done)
        until = time.monotonic() + timeout
        with self._lock:
            self._waiting[id] = wait
        try:
            stored = self._store(envelope, timeout)
            if stored != id:
                # It was asked with the same key before: that answer is ours as well.
                self._join(stored, wait, until)
            if not done.wait(max(0.0, until - time.monotonic())):
                label = ".".join(part for part in (envelope["to"], envelope["operation"]) if part)
                details = {"id": id, "to": envelope["to"], "operation": envelope["operation"]}
                raise TimeoutError(f"call {label} got no reply in {timeout} s (message {id})", details=details)
        finally:
            with self._lock:
                self._waiting.pop(id, None)
        if "error" in slot:
            raise slot["error"]
        return slot["answer"]

    def _join(self, stored: str, wait: tuple, until: float) -> None:
        """Looks for the answer to a call of before: it is there already, or comes to whoever asked."""
        to, _, done = wait
        where = f"verb:reply correlation:{json.dumps(stored)}"
        query = {"type": "history", "agent": to, "where": where, "limit": 10}
        pause = 0.05
        while not done.is_set() and time.monotonic() < until:
            for item in self._link.ask("read", {"query": query})["items"]:
                _answer(item["envelope"], wait)
            done.wait(min(pause, max(0.0, until - time.monotonic())))
            pause = min(pause * 2, 2.0)

    def _desk(self) -> None:
        """Takes the answers to calls."""
        while True:
            self._desk_wake.wait(30)
            self._desk_wake.clear()
            if self._closed.is_set():
                return
            try:
                while claims := self._link.ask("claim", {"mailbox": self.address, "max": 100, "lease": 30_000}):
                    for claim in claims:
                        if claim["envelope"]["verb"] == "call":
                            self._decline(claim)
                            continue
                        self._link.begin("settle", {"token": claim["token"], "settlement": {"type": "ack"}})
                        if claim["envelope"]["verb"] == "info":
                            self._told(claim["envelope"])
                        else:
                            self._replied(claim["envelope"])
            except HermodError as error:
                if error.code == "HERMOD_CLOSED":
                    return

    def _replied(self, reply: dict[str, Any]) -> None:
        with self._lock:
            wait = self._waiting.get(reply.get("correlationId", ""))
        if wait is not None:
            _answer(reply, wait)

    # Notices about messages of a mailbox that others serve too

    def _decline(self, claim: dict[str, Any]) -> None:
        """Systems ask one another how they are; whoever asks need not wait for one that does not tell."""
        operation = claim["envelope"]["operation"]
        error = _record(HermodError(f'this system has no operation "{operation}"', code="HERMOD_NO_OPERATION", category="usage"))
        self._settle(claim, {"type": "ack"}, _reply(claim["envelope"], self.address, "error", error, self._next()))

    def _told(self, notice: dict[str, Any]) -> None:
        """Another system has got a notice about a message that none of its own agents works on."""
        payload = notice.get("payload")
        if _is_notice(notice) and isinstance(payload, dict):
            for agent in [each for each in self._agents if each.name == payload.get("mailbox")]:
                agent._hear(notice)

    def _pass_on(self, mailbox: str, notice: dict[str, Any]) -> None:
        threading.Thread(target=self._tell_others, args=(mailbox, notice), daemon=True).start()

    def _tell_others(self, mailbox: str, notice: dict[str, Any]) -> None:
        """Tells the other systems that serve a mailbox; a hub that was started anew does not know them at once."""
        said = (notice.get("payload") or {}) | {"mailbox": mailbox}
        try:
            for _ in range(15):
                counts = next(iter(self._link.ask("read", {"query": {"type": "counts", "mailbox": mailbox}})["items"]), {})
                if not counts.get("served") or "servers" in counts or self._closed.wait(1):
                    break
        except HermodError as error:
            if error.code != "HERMOD_CLOSED":
                raise
            return
        for system in counts.get("servers", []):
            if system != self.address:
                self._tell_one(system, notice["operation"], said)

    def _tell_one(self, system: str, operation: str, said: dict[str, Any]) -> None:
        """One that has left meanwhile has nothing to hear."""
        try:
            envelope = self._envelope("info", "status", operation, said, {"to": system}, {}, None)
            self._store(envelope | {"priority": 4, "delivery": "at-most-once"})
        except (NoAgentError, ClosedError):
            pass

    # What the hub knows of this client

    def _announce(self, name: str, rule: dict[str, Any]) -> None:
        self._rules[name] = rule
        self._link.ask("announce", self._served(name, rule))

    def _served(self, name: str, rule: dict[str, Any]) -> dict[str, Any]:
        return {"mailbox": name, "rule": rule, "servers": [self.address]}

    def _bind(self, pattern: str, name: str) -> None:
        self._bindings.add((pattern, name))
        self._link.ask("bind", {"pattern": pattern, "mailbox": name})

    def _watch(self, name: str) -> threading.Event:
        return self._ear(self._watches, "watch", "mailbox", name)

    def _follow(self, id: str) -> threading.Event:
        return self._ear(self._follows, "follow", "id", id)

    def _ear(self, ears: dict[str, list[threading.Event]], op: str, field: str, name: str) -> threading.Event:
        ear = threading.Event()
        with self._lock:
            ears.setdefault(name, []).append(ear)
        self._link.ask(op, {field: name})
        # What was there before is not told of.
        ear.set()
        return ear

    def _unfollow(self, id: str, ear: threading.Event) -> None:
        with self._lock:
            ears = self._follows.get(id, [])
            ears.remove(ear)
            if ears:
                return
            del self._follows[id]
        try:
            self._link.begin("unfollow", {"id": id})
        except HermodError:
            pass

    def _wake(self, ears: dict[str, list[threading.Event]], name: str) -> None:
        with self._lock:
            heard = list(ears.get(name, []))
        for ear in heard:
            ear.set()

    def _heard(self, frame: dict[str, Any]) -> None:
        for name in frame.get("wake", []):
            self._wake(self._watches, name)
        for id in frame.get("grown", []):
            self._wake(self._follows, id)

    def _renewals(self) -> list[tuple[str, dict[str, Any]]]:
        """What a hub that was started anew has forgotten."""
        said: list[tuple[str, dict[str, Any]]] = []
        said += [("announce", self._served(name, rule)) for name, rule in list(self._rules.items())]
        said += [("bind", {"pattern": pattern, "mailbox": name}) for pattern, name in list(self._bindings)]
        said += [("watch", {"mailbox": name}) for name in list(self._watches)]
        return said + [("follow", {"id": id}) for id in list(self._follows)]

    def _wake_all(self) -> None:
        """Something may have happened while nobody heard."""
        for ears in (self._watches, self._follows):
            for name in list(ears):
                self._wake(ears, name)

    def _settle(
        self, claim: dict[str, Any], settlement: dict[str, Any], reply: Optional[dict[str, Any]] = None, part: Any = None
    ) -> str:
        """Settles a claim; gives how that ended. A reply that nobody takes any more is kept as a dead letter."""
        fields = {"token": claim["token"], "settlement": settlement}
        fields |= {"part": part} if part is not None else {}
        answer = self._link.ask("settle", fields | ({"outputs": [reply]} if reply else {}))
        if answer["status"] != "refused":
            return answer["status"]
        reason = "no-recipient" if answer["answer"]["status"] == "unknown" else "overflow"
        self._link.ask("bury", {"envelope": reply, "reason": reason})
        return self._link.ask("settle", fields)["status"]


def connect(
    url: str = "http://localhost:4700",
    *,
    token: Optional[str] = None,
    name: Optional[str] = None,
    timeout: float = 5.0,
    context: Optional[ssl.SSLContext] = None,
) -> Client:
    """Connects to a hub. `timeout` is for the first answer; later it is connected again without an end.

    `name` is for the hub's lists and logs, `context` for https with certificates of your own.
    Raises UnreachableError, and what the hub refuses with, such as UnauthorizedError.
    """
    return Client(url, token, name, timeout, context)


# Answers


def _is_notice(envelope: dict[str, Any]) -> bool:
    """Tells of a message: that it is wanted no longer, or how far its parts are read."""
    payload = envelope.get("payload")
    return envelope["operation"] in ("~cancel", "~read") and isinstance(payload, dict) and isinstance(payload.get("id"), str)


def _reply(envelope: dict[str, Any], sender: str, kind: str, payload: Any, sequence: int) -> Optional[dict[str, Any]]:
    """The answer to a message, `payload` as JSON has it; None where nobody wants one."""
    done = envelope.get("task", {}).get("done")
    if envelope["verb"] == "task" and done is None and "replyTo" not in envelope:
        return None
    asks = envelope["type"] in ("request", "task")
    waits = envelope["verb"] != "reply" and ("replyTo" in envelope or done is not None)
    if not (waits if kind == "error" else asks):
        return None
    if done is not None:
        told = _said(task=envelope["id"], agent=envelope["to"], operation=envelope["operation"], key=_said_key(envelope.get("idempotencyKey")))
        if kind != "error":
            payload = told | {"state": "done"} | _said(result=payload)
        else:
            payload = told | {"state": "cancelled" if payload["code"] == "HERMOD_CANCELLED" else "failed", "error": payload}
    once = envelope.get("delivery") == "at-most-once"
    reply = {"id": uuid7(), "verb": "reply", "type": kind, "from": sender, "sentAt": _now(), "sequence": sequence}
    reply |= {"operation": done["operation"] if done else envelope["operation"]}
    reply |= {"to": done["to"] if done else envelope.get("replyTo", envelope["from"])}
    reply |= {"payload": payload} if payload is not None else {}
    reply |= {"priority": envelope["priority"], "delivery": "at-most-once" if once else "at-least-once"}
    reply |= {"inReplyTo": envelope["id"], "correlationId": envelope.get("correlationId", envelope["id"])}
    reply |= {"conversationId": envelope["conversationId"], "causeId": envelope["id"]}
    return reply | {"hops": [*envelope.get("hops", []), sender]} | _said(trace=envelope.get("trace"), budget=envelope.get("budget"))


def _said_key(key: Optional[str]) -> Optional[str]:
    """The key as its sender said it, without what the hub wrote before it."""
    return key and re.sub("^~[^~]*~ ", "", key)


def _failure(claim: dict[str, Any], thrown: BaseException, final: bool) -> dict[str, Any]:
    """What the asker of a failed message is told."""
    if isinstance(thrown, RejectedError) or getattr(thrown, "code", None) == "HERMOD_NO_OPERATION":
        return _record(thrown)
    envelope, inner = claim["envelope"], _record(thrown)
    label = ".".join(part for part in (claim["mailbox"], envelope["operation"]) if part)
    details = {"agent": claim["mailbox"], "operation": envelope["operation"], "attempts": claim["attempt"], "error": inner}
    return _record(FailedError(f"{label} failed: {inner['message']}", retryable=not final, details=details))


def _end(claim: dict[str, Any], settlement: dict[str, Any], result: Any) -> Optional[dict[str, Any]]:
    """The end of a task in its log, with its settlement."""
    if claim["envelope"]["verb"] != "task" or settlement["type"] in ("retry", "release"):
        return None
    end = {"type": "end", "attempt": claim["attempt"], "at": _now()}
    if settlement["type"] == "ack":
        return end | {"state": "done"} | _said(result=result)
    error = settlement["error"]
    return end | {"state": "cancelled" if error["code"] == "HERMOD_CANCELLED" else "failed", "error": error}


def _judged(claim: dict[str, Any], thrown: BaseException, policy: Retry, now: int) -> dict[str, Any]:
    """What becomes of a delivery whose handler raised this."""
    envelope = claim["envelope"]
    cause = thrown.__cause__ if isinstance(thrown, (Terminal, RetryAfter)) and thrown.__cause__ else thrown
    error = _record(cause)
    final = isinstance(thrown, Terminal) or (isinstance(thrown, HermodError) and not thrown.retryable)
    once = envelope.get("delivery") == "at-most-once"
    if once and envelope["verb"] == "call" and "replyTo" in envelope:
        return {"type": "fail", "error": error | ({"retryable": False} if final else {})}
    if claim["attempt"] > policy.retries + 1:
        return {"type": "dead", "reason": "exhausted", "error": error}
    if final:
        reasons = {"HERMOD_BUDGET": "budget", "HERMOD_EXPIRED": "expired", "HERMOD_LOOP": "loop", "HERMOD_TOO_LARGE": "too-large"}
        return {"type": "dead", "reason": reasons.get(error["code"], "terminal"), "error": error | {"retryable": False}}
    if once or claim["attempt"] > policy.retries:
        return {"type": "dead", "reason": "exhausted", "error": error}
    at = now + _ms(thrown.delay if isinstance(thrown, RetryAfter) else policy.delay(claim["attempt"]))
    if "deadline" in envelope and at > envelope["deadline"]:
        return {"type": "dead", "reason": "expired", "error": error}
    return {"type": "retry", "at": at, "error": error}


# Agents


class Context(_Speaker):
    """The message at work, for its handler: what it sends goes on in the message's conversation, as its agent."""

    def __init__(self, client: Client, claim: dict[str, Any], lease: float):
        envelope = claim["envelope"]
        self._client, self._claim, self._lease = client, claim, lease
        self.agent: str = envelope.get("to") or claim["mailbox"]
        self._origin = _Origin(self.agent, f"{client.address}/{self.agent}", envelope)
        self.envelope = _decoded(envelope)
        self.id: str = envelope["id"]
        self.operation: str = envelope["operation"]
        self.payload = self.envelope.get("payload")
        self.attempt: int = claim["attempt"]
        self.conversation: str = envelope["conversationId"]
        #: Set when the message is wanted no longer, its lease is lost, or the client closes.
        self.cancelled = threading.Event()
        self._reason: Optional[HermodError] = None
        self._renew_at = time.monotonic() + lease / 3
        self._unread: list[int] = []
        self._read = 0
        self._may_go_on = threading.Condition()

    @property
    def deadline(self) -> Optional[float]:
        """When its sender stops waiting, as `time.time()`; None for never."""
        at = self._claim["envelope"].get("deadline")
        return None if at is None else (at - self._client._link.now() + _now()) / 1000

    def check(self) -> None:
        """Raises where the work is wanted no longer: call it now and then in what takes long."""
        if self._reason:
            raise self._reason
        at = self._claim["envelope"].get("deadline")
        if at is not None and self._client._link.now() > at:
            raise ExpiredError(f"the deadline of message {self.id} has passed")

    def progress(self, fraction: float, note: Optional[str] = None) -> None:
        """Tells how far a task is, from 0 to 1."""
        self.check()
        if self._claim["envelope"]["verb"] == "task":
            part = {"type": "progress", "attempt": self.attempt, "fraction": fraction, "at": _now()}
            self._client._link.ask("record", {"id": self.id, "part": part | _said(note=note)}, doubtful=True)

    def _part(self, value: Any) -> None:
        self.check()
        part = {"type": "part", "attempt": self.attempt, "value": _encoded(value)}
        number = self._client._link.ask("record", {"id": self.id, "part": part}, doubtful=True)
        ahead = self._claim["envelope"].get("task", {}).get("ahead")
        if ahead is not None:
            with self._may_go_on:
                self._unread.append(number)
                self._may_go_on.wait_for(lambda: self._reason is not None or self._unread_now() < ahead)

    def _unread_now(self) -> int:
        self._unread = [number for number in self._unread if number > self._read]
        return len(self._unread)

    def _heard(self, number: int) -> None:
        with self._may_go_on:
            self._read = max(self._read, number)
            self._may_go_on.notify_all()

    def _abort(self, reason: HermodError) -> None:
        with self._may_go_on:
            self._reason = self._reason or reason
            self._may_go_on.notify_all()
        self.cancelled.set()


class Agent:
    """An agent that this client serves; made by `client.agent(name)`."""

    def __init__(
        self,
        client: Client,
        name: str,
        *,
        concurrency: int = 1,
        lease: float = 30.0,
        retry: Optional[Retry] = None,
        topics: tuple[str, ...] | list[str] = (),
        rule: Optional[dict[str, Any]] = None,
    ):
        self.name, self._client, self._lease = name, client, lease
        self._retry, self._topics, self._rule = retry or Retry(), tuple(topics), dict(rule or {})
        self._handlers: dict[str, Callable[..., Any]] = {}
        self._lock = threading.Lock()
        self._free = concurrency
        self._running: dict[str, Context] = {}
        self._recalled: collections.OrderedDict[str, Optional[str]] = collections.OrderedDict()
        self._idle = threading.Condition(self._lock)
        self._wake: Optional[threading.Event] = None
        self._stopped = threading.Event()

    def __call__(self, handlers: Any) -> Any:
        """Decorates a class, whose public methods are operations, or a function that takes whatever no other handler does."""
        if inspect.isclass(handlers):
            made = handlers()
            for name, method in inspect.getmembers(made, callable):
                if not name.startswith("_"):
                    self._handlers[name] = method
            if callable(getattr(made, "_any", None)):
                self._handlers["*"] = made._any
        else:
            self._handlers["*"] = handlers
        if self._client._started:
            self.start()
        return handlers

    def on(self, operation: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorates the handler of an operation: `handler(payload)`, `handler(payload, ctx)` or `handler()`.

        What it returns is the answer; a generator's values are the parts of its task, its return the result.
        """

        def take(handler: Callable[..., Any]) -> Callable[..., Any]:
            self._handlers[operation] = handler
            return handler

        return take

    def start(self) -> None:
        """Begins to serve; `client.start()` does it for all."""
        if self._wake is not None:
            return
        self._client._announce(self.name, self._rule)
        for topic in self._topics:
            self._client._bind(topic, self.name)
        self._wake = self._client._watch(self.name)
        for work in (self._serve, self._keep):
            threading.Thread(target=work, name=f"hermod{work.__name__} {self.name}", daemon=True).start()

    # Claiming

    def _serve(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait(30)
            self._wake.clear()
            try:
                while not self._stopped.is_set() and self._take():
                    pass
            except HermodError as error:
                if error.code == "HERMOD_CLOSED":
                    return
                # The hub's store is in trouble, or the token is not what it was: asked again a little later.
                self._stopped.wait(1)
                self._wake.set()

    def _take(self) -> bool:
        """Takes what may begin; true where more may wait."""
        with self._lock:
            room = self._free
        asked = {"mailbox": self.name, "max": room, "lease": _ms(self._lease)}
        claims = self._client._link.ask("claim", asked)
        begun = 0
        for claim in claims:
            if self._stopped.is_set():
                self._client._link.begin("settle", {"token": claim["token"], "settlement": {"type": "release"}})
            elif claim["envelope"]["verb"] == "info":
                self._notice(claim)
            else:
                begun += 1
                self._begin(claim)
        return begun > 0 and begun < room

    def _notice(self, claim: dict[str, Any]) -> None:
        envelope = claim["envelope"]
        if not _is_notice(envelope):
            return self._begin(claim, beside=True)
        self._client._link.begin("settle", {"token": claim["token"], "settlement": {"type": "ack"}})
        if not self._hear(envelope):
            self._client._pass_on(self.name, envelope)

    def _hear(self, envelope: dict[str, Any]) -> bool:
        """Tells whoever works here on the message that a notice is about; false where nobody does."""
        payload = envelope.get("payload") or {}
        with self._lock:
            ctx = self._running.get(payload.get("id"))
            if ctx is None and envelope["operation"] == "~cancel":
                self._recalled[payload.get("id")] = payload.get("reason")
                while len(self._recalled) > 1000:
                    self._recalled.popitem(last=False)
        if ctx and envelope["operation"] == "~read":
            ctx._heard(payload.get("number", 0))
        elif ctx:
            ctx._abort(_cancellation(ctx._claim["envelope"], payload.get("reason")))
        return ctx is not None

    def _begin(self, claim: dict[str, Any], beside: bool = False) -> None:
        ctx = Context(self._client, claim, self._lease)
        hands = 0 if beside else 1
        with self._lock:
            self._free -= hands
            self._running[ctx.id] = ctx
        threading.Thread(target=self._work, args=(ctx, hands), name=f"hermod {self.name}", daemon=True).start()

    # Working

    def _work(self, ctx: Context, hands: int) -> None:
        try:
            self._handle(ctx)
        except HermodError:
            # The hub cannot be told: the lease brings the message back.
            pass
        finally:
            with self._lock:
                self._free += hands
                if self._running.get(ctx.id) is ctx:
                    del self._running[ctx.id]
                self._idle.notify_all()
            self._wake.set()

    def _handle(self, ctx: Context) -> None:
        claim = ctx._claim
        policy = Retry.of(claim["envelope"]["retry"]) if "retry" in claim["envelope"] else self._retry
        result, reply = None, None
        try:
            self._admit(ctx, policy)
            result = _encoded(self._run(ctx))
            kind = "result" if claim["envelope"]["type"] == "task" else "response"
            settlement: dict[str, Any] = {"type": "ack"}
            reply = _reply(claim["envelope"], ctx.agent, kind, result, self._client._next())
        except Exception as thrown:
            if self._stopped.is_set() and ctx._reason is thrown and isinstance(thrown, ClosedError):
                settlement = {"type": "release"}
            else:
                settlement, reply = self._failed(ctx, thrown, policy)
        self._settle(ctx, settlement, reply, result)

    def _failed(self, ctx: Context, thrown: Exception, policy: Retry) -> tuple[dict[str, Any], Optional[dict[str, Any]]]:
        claim = ctx._claim
        if isinstance(ctx._reason, CancelledError):
            record = _record(ctx._reason)
            reply = _reply(claim["envelope"], ctx.agent, "error", record, self._client._next())
            return {"type": "fail", "error": record}, reply
        settlement = _judged(claim, thrown, policy, self._client._link.now())
        if settlement["type"] == "retry":
            return settlement, None
        cause = thrown.__cause__ if isinstance(thrown, (Terminal, RetryAfter)) and thrown.__cause__ else thrown
        final = isinstance(thrown, Terminal) or not settlement["error"]["retryable"]
        record = _encoded_error(_failure(claim, cause, final))
        return settlement, _reply(claim["envelope"], ctx.agent, "error", record, self._client._next())

    def _settle(self, ctx: Context, settlement: dict[str, Any], reply: Optional[dict[str, Any]], result: Any) -> None:
        if "error" in settlement:
            settlement["error"] = _encoded_error(settlement["error"])
        try:
            self._client._settle(ctx._claim, settlement, reply, _end(ctx._claim, settlement, result))
        except HermodError as refused:
            if settlement["type"] != "ack" or refused.code in ("HERMOD_CLOSED", "HERMOD_UNREACHABLE"):
                raise
            # The answer cannot be sent as it is: its asker hears why.
            settlement = {"type": "dead", "reason": "terminal", "error": _record(refused)}
            record = _failure(ctx._claim, refused, True)
            error = _reply(ctx._claim["envelope"], ctx.agent, "error", record, self._client._next())
            self._client._settle(ctx._claim, settlement, error, _end(ctx._claim, settlement, None))

    def _admit(self, ctx: Context, policy: Retry) -> None:
        """Raises where the message must not begin."""
        envelope = ctx._claim["envelope"]
        with self._lock:
            is_recalled = ctx.id in self._recalled
            reason = self._recalled.pop(ctx.id, None)
        if envelope["verb"] == "task":
            said = Task(self._client, ctx.agent, ctx.id)._summary()
            is_recalled = said["cancelled"] or (said["end"] or {}).get("state") == "cancelled"
            reason = said["reason"]
        if is_recalled:
            ctx._abort(_cancellation(envelope, reason))
            ctx.check()
        if ctx.attempt > policy.retries + 1:
            raise Terminal(f"message {ctx.id} has used its {policy.retries + 1} attempts")

    def _run(self, ctx: Context) -> Any:
        handler = self._handlers.get(ctx.operation) or self._handlers.get("*")
        if handler is None:
            known = sorted(name for name in self._handlers if name != "*")
            message = f'{self.name} has no operation "{ctx.operation}". It has: {", ".join(known) or "none"}'
            raise HermodError(message, code="HERMOD_NO_OPERATION", category="usage", details={"operation": ctx.operation})
        value = handler(*(ctx.payload, ctx)[: _places(handler)])
        if not inspect.isgenerator(value):
            return value
        try:
            while True:
                part = next(value)
                ctx._part(part) if ctx._claim["envelope"]["verb"] == "task" else ctx.check()
        except StopIteration as stop:
            return stop.value
        finally:
            value.close()

    # Looking after what runs

    def _keep(self) -> None:
        """Keeps the leases alive."""
        pause = min(1.0, self._lease / 6)
        while not self._client._closed.wait(pause):
            now = time.monotonic()
            with self._lock:
                due = [ctx for ctx in self._running.values() if ctx._renew_at <= now]
            for ctx in due:
                ctx._renew_at = now + self._lease / 3
                fields = {"token": ctx._claim["token"], "lease": _ms(self._lease)}
                try:
                    self._client._link.begin("extend", fields, then=lambda held, ctx=ctx: held or ctx._abort(_stale(ctx.id)))
                except HermodError:
                    return

    def _stop(self) -> None:
        self._stopped.set()
        if self._wake:
            self._wake.set()

    def _drain(self, until: float) -> None:
        if self._wake is None:
            return
        with self._lock:
            self._idle.wait_for(lambda: not self._running, max(0.0, until - time.monotonic()))
            left = list(self._running.values())
        for ctx in left:
            ctx._abort(ClosedError(f"the client of {self.name} is closed"))
            try:
                self._client._link.begin("settle", {"token": ctx._claim["token"], "settlement": {"type": "release"}})
            except HermodError:
                return


def _places(handler: Callable[..., Any]) -> int:
    """How many arguments a handler takes: none, the payload, or the payload and the context."""
    try:
        parameters = inspect.signature(handler).parameters.values()
    except (TypeError, ValueError):
        return 1
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return 2
    return min(2, sum(each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD) for each in parameters))


def _cancellation(envelope: dict[str, Any], reason: Optional[str]) -> HermodError:
    what = "task" if envelope["verb"] == "task" else "request"
    message = f"{what} {envelope['id']} was cancelled" + (f": {reason}" if reason else "")
    return CancelledError(message, details={"id": envelope["id"], **_said(reason=reason)})


def _stale(id: str) -> HermodError:
    return StaleLeaseError(f"the lease of message {id} is lost: somebody else has it now")


def _encoded_error(record: dict[str, Any]) -> dict[str, Any]:
    """A record whose details can be sent, or are left out."""
    try:
        return _encoded(record)
    except HermodError:
        return {name: value for name, value in record.items() if name != "details"}


# By hand


class Mailbox:
    """A mailbox whose messages are taken by hand; made by `client.mailbox(name)`."""

    def __init__(
        self, client: Client, name: str, *, lease: float = 30.0, retry: Optional[Retry] = None, rule: Optional[dict[str, Any]] = None
    ):
        self.name, self._client, self._lease, self._retry = name, client, lease, retry or Retry()
        client._announce(name, dict(rule or {}))
        self._wake = client._watch(name)
        self._held: dict[int, Delivery] = {}

    def receive(self, timeout: Optional[float] = None, *, where: str = "", lease: Optional[float] = None) -> Optional["Delivery"]:
        """Takes the next message that fits the filter; None when none has come in `timeout` seconds (default: for ever)."""
        until = math.inf if timeout is None else time.monotonic() + timeout
        while not self._client._closing:
            self._wake.clear()
            delivery = self._try(where, lease or self._lease)
            left = until - time.monotonic()
            if delivery or left <= 0:
                return delivery
            self._wake.wait(min(left, 30))
        return None

    def __iter__(self) -> Iterator["Delivery"]:
        """Message after message, until the client is closed."""
        while delivery := self.receive():
            yield delivery

    def _try(self, where: str, lease: float) -> Optional["Delivery"]:
        fields = {"mailbox": self.name, "max": 1, "lease": _ms(lease)} | ({"where": where} if where else {})
        taken = None
        for claim in self._client._link.ask("claim", fields):
            notice = claim["envelope"]["verb"] == "info" and claim["envelope"]["operation"].startswith("~")
            if notice or taken:
                settlement = {"type": "ack" if notice else "release"}
                self._client._link.begin("settle", {"token": claim["token"], "settlement": settlement})
            else:
                taken = self._held[claim["token"]] = Delivery(self, claim, lease)
        return taken

    def _end(self) -> None:
        for delivery in list(self._held.values()):
            try:
                delivery.release()
            except HermodError:
                pass


class Delivery(Context):
    """A message that was taken by hand: it is to be settled, once, before its lease runs out."""

    def __init__(self, mailbox: Mailbox, claim: dict[str, Any], lease: float):
        super().__init__(mailbox._client, claim, lease)
        self._mailbox = mailbox

    def ack(self, answer: Any = None) -> None:
        """It is done; `answer` goes to whoever asked."""
        result = _encoded(answer)
        kind = "result" if self._claim["envelope"]["type"] == "task" else "response"
        self._settle({"type": "ack"}, _reply(self._claim["envelope"], self.agent, kind, result, self._client._next()), result)

    def nack(self, error: Any = "not handled", delay: Optional[float] = None) -> None:
        """It failed: it comes again by its retry policy, or after so many seconds, or is a dead letter when that is used up."""
        thrown = error if isinstance(error, Exception) else Exception(str(error))
        if delay is not None:
            later = RetryAfter(delay)
            later.__cause__, thrown = thrown, later
        envelope = self._claim["envelope"]
        settlement = _judged(self._claim, thrown, Retry.of(envelope["retry"]) if "retry" in envelope else self._mailbox._retry, self._client._link.now())
        self._give_up(settlement, thrown)

    def reject(self, error: Any) -> None:
        """It will never be handled: a dead letter at once, and its asker is told RejectedError."""
        thrown = RejectedError(str(error))
        self._give_up(_judged(self._claim, thrown, self._mailbox._retry, self._client._link.now()), thrown)

    def release(self) -> None:
        """Gives it back without an attempt."""
        self._settle({"type": "release"}, None, None)

    def extend(self, lease: float = 30.0) -> None:
        """Holds it for so many seconds from now. Raises StaleLeaseError."""
        if not self._client._link.ask("extend", {"token": self._claim["token"], "lease": _ms(lease)}):
            raise _stale(self.id)

    def _give_up(self, settlement: dict[str, Any], thrown: Exception) -> None:
        reply = None
        if settlement["type"] != "retry":
            cause = thrown.__cause__ or thrown
            record = _encoded_error(_failure(self._claim, cause, not settlement["error"]["retryable"]))
            reply = _reply(self._claim["envelope"], self.agent, "error", record, self._client._next())
        self._settle(settlement, reply, None)

    def _settle(self, settlement: dict[str, Any], reply: Optional[dict[str, Any]], result: Any) -> None:
        if self._mailbox._held.pop(self._claim["token"], None) is None:
            raise HermodError(f"message {self.id} is settled already", code="HERMOD_SETTLED", category="lifecycle")
        if "error" in settlement:
            settlement["error"] = _encoded_error(settlement["error"])
        status = self._client._settle(self._claim, settlement, reply, _end(self._claim, settlement, result))
        if status == "stale":
            raise _stale(self.id)


# Tasks


class Task:
    """Long work that was handed out. All that it tells stands in the hub's store, so it means the same in every process."""

    def __init__(self, client: Client, agent: str, id: str):
        self._client, self.agent, self.id = client, agent, id

    def status(self) -> dict[str, Any]:
        """`state` ("waiting", "running", "done", "failed", "cancelled", "unknown"), `attempt`, `parts`, `progress`, `result`, `error`."""
        record, said = self._message(), self._summary()
        end = said["end"]
        state = record["state"] if record else ("running" if said["parts"] or said["progress"] else "unknown")
        attempts = len(record["attempts"]) + (state == "running") if record else 0
        told = {"id": self.id, "state": end["state"] if end else "failed" if state == "dead" else state}
        told |= {"attempt": end["attempt"] if end else max(said["attempt"], attempts), "parts": said["parts"]}
        told |= _said(progress=said["progress"])
        return told | ({name: end[name] for name in ("result", "error") if name in end} if end else {})

    def parts(self, after: int = 0, timeout: Optional[float] = None) -> Iterator[Part]:
        """The partial results, those there are and those to come, until the task ends. Raises as `result` where it fails.

        `after` is the number of the last part that was read before.
        """
        until = math.inf if timeout is None else time.monotonic() + timeout
        record = self._message()
        ahead = record["envelope"].get("task", {}).get("ahead") if record else None
        unsaid, end = 0, None
        if ahead and after:
            self._credit(after)
        for number, entry in self._entries(after, until):
            if entry is None:
                break
            if entry["type"] == "part":
                yield Part(number, entry["attempt"], entry["value"])
                unsaid += 1
                if ahead and unsaid >= max(1, ahead // 2):
                    unsaid = 0
                    self._credit(number)
            end = entry if entry["type"] == "end" else None
        end = end or self._summary()["end"]
        if end is None:
            raise self._not_yet(timeout)
        if end["state"] != "done":
            raise _error(end["error"])

    def result(self, timeout: float = 30.0) -> Any:
        """Waits for its result. Raises TimeoutError (it goes on), CancelledError, or what it failed with."""
        until = time.monotonic() + timeout
        for _ in self._entries(0, until):
            pass
        end = self._summary()["end"]
        if end is None:
            raise self._not_yet(timeout)
        if end["state"] != "done":
            raise _error(end["error"])
        return end.get("result")

    def cancel(self, reason: Optional[str] = None) -> str:
        """Ends it: "cancelled-before-start", "signalled" (its handler is told), or "already-finished"."""
        said, record = self._summary(), self._message()
        if said["end"] or (record and record["state"] in ("done", "failed", "dead")):
            return "already-finished"
        mailbox = self.agent.partition("#")[0]
        asked = {"mailbox": mailbox, "max": 1, "lease": 30_000, "where": f'id:"{self.id}"', "beside": True}
        for claim in self._client._link.ask("claim", asked):
            if claim["envelope"]["id"] != self.id:
                self._client._link.begin("settle", {"token": claim["token"], "settlement": {"type": "release"}})
                continue
            error = _record(_cancellation(claim["envelope"], reason))
            claim["attempt"] -= 1
            settlement = {"type": "fail", "error": error}
            reply = _reply(claim["envelope"], self.agent, "error", error, self._client._next())
            if self._client._settle(claim, settlement, reply, _end(claim, settlement, None)) == "settled":
                return "cancelled-before-start"
        self._client._link.ask("record", {"id": self.id, "part": {"type": "cancel", "at": _now(), **_said(reason=reason)}}, True)
        self._notice("~cancel", {"id": self.id, **_said(reason=reason)})
        return "signalled"

    def _notice(self, operation: str, payload: dict[str, Any]) -> None:
        envelope = self._client._envelope("info", "status", operation, payload, {"to": self.agent}, {}, None)
        self._client._store(envelope | {"priority": 4, "delivery": "at-most-once"})

    def _credit(self, number: int) -> None:
        self._notice("~read", {"id": self.id, "number": number})

    def _entries(self, after: int, until: float) -> Iterator[tuple[int, Optional[dict[str, Any]]]]:
        """What is recorded after a number, until the task has ended (None then), or the time is over."""
        ear = self._client._follow(self.id)
        number, ended, over, looked = after, False, False, False
        try:
            while True:
                ear.clear()
                page = self._page(number)
                for entry in page:
                    number += 1
                    if ended and entry["type"] != "again":
                        continue
                    ended = entry["type"] == "end"
                    yield number, entry
                if page:
                    continue
                if ended or over:
                    return (yield number, None)
                if not looked:
                    looked, over = True, self._is_over()
                    if over:
                        # It may have ended since the page was read: what came before its end is read once more.
                        continue
                left = until - time.monotonic()
                if left <= 0:
                    return
                if self._client._closed.is_set():
                    raise ClosedError(f"the client was closed while task {self.id} was waited for")
                # A task that its store gave up says nothing: its message is looked at now and then.
                looked = ear.wait(min(left, 5.0))
        finally:
            self._client._unfollow(self.id, ear)

    def _is_over(self) -> bool:
        said, record = self._summary(), self._message()
        if said["end"]:
            return True
        if record is None and not said["parts"] and not said["progress"]:
            message = f"nothing is remembered of a task {self.id} of {self.agent}"
            raise HermodError(message, code="HERMOD_NO_TASK", category="routing", details={"task": self.id})
        if record and record["state"] in ("failed", "dead"):
            error = next((each["error"] for each in reversed(record["attempts"]) if "error" in each), None)
            why = f": {error['message']}" if error else ""
            raise FailedError(f"task {self.id} is {record['state']}{why}", details=_said(task=self.id, error=error))
        return False

    def _page(self, after: int) -> list[dict[str, Any]]:
        return _decoded(self._client._link.ask("parts", {"id": self.id, "after": after, "limit": 256}))

    def _message(self) -> Optional[dict[str, Any]]:
        records = self._client.history(f'id:"{self.id}"', limit=10)
        return next((each for each in records if each["envelope"]["verb"] == "task"), None)

    def _summary(self) -> dict[str, Any]:
        said: dict[str, Any] = {"parts": 0, "attempt": 0, "progress": None, "end": None, "cancelled": False, "reason": None}
        number = 0
        while page := self._page(number):
            number += len(page)
            for entry in page:
                kind = entry["type"]
                if kind in ("part", "progress"):
                    said["attempt"] = entry["attempt"]
                    said["parts"] += kind == "part"
                if kind == "progress":
                    said["progress"] = {name: entry[name] for name in ("fraction", "note", "at") if name in entry}
                elif kind == "cancel" and not said["cancelled"]:
                    said["cancelled"], said["reason"] = True, entry.get("reason")
                elif kind == "again":
                    said["end"], said["cancelled"], said["reason"] = None, False, None
                elif kind == "end":
                    said["end"] = said["end"] or entry
        return said

    def _not_yet(self, timeout: Optional[float]) -> HermodError:
        hint = "Wait again or longer; look with status(), end it with cancel()."
        return TimeoutError(f"task {self.id} of {self.agent} has not ended in {timeout} s; it goes on", hint=hint)
