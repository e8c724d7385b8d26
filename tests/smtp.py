"""A mail server on loopback that keeps what it gets, and refuses or breaks off where a test says so."""

import email
import socketserver
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from threading import Thread
from typing import cast

# What comes after DATA: an answer, or None to break the connection off without one.
Verdict = Callable[[str], str | None]


class _Conversation(socketserver.StreamRequestHandler):
    server: "MailServer"

    def handle(self) -> None:
        self.say("220 ready")
        while line := self.rfile.readline():
            command, recipient = line[:4].upper().strip(), line.decode().partition("<")[2].partition(">")[0]
            if command == b"RCPT":
                self.recipient = recipient
            if command != b"DATA":
                self.say("221 bye" if command == b"QUIT" else "250 ok")
            elif not self.take_message():
                return
            if command == b"QUIT":
                return

    def take_message(self) -> bool:
        """Whether the conversation goes on."""
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        answer = self.server.verdict(self.recipient)
        if answer is None or answer.startswith("250"):
            message = email.message_from_bytes(b"".join(lines), policy=default)
            self.server.taken.append(cast(EmailMessage, message))
        if answer is not None:
            self.say(answer)
        return answer is not None

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, verdict: Verdict):
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.port = self.server_address[1]
        self.verdict = verdict
        self.taken: list[EmailMessage] = []


@contextmanager
def mail_server(verdict: Verdict = lambda recipient: "250 ok") -> Iterator[MailServer]:
    with MailServer(verdict) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
