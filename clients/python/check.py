"""What the tests of the client run: python3 check.py NAME URL. Each step fails by an exception; "serve" is for the other side to call."""

import json
import os
import ssl
import sys
import threading
import time

sys.dont_write_bytecode = True
import hermod

ODD = [
    None, True, -1, 0.5, 2**53 - 1, "", "ß 漢 😀 \u0000 \u2028", "\ud800", [], {}, [[[]]],
    {"__proto__": 1, "constructor": 2}, {"$bytes": "no bytes"}, {"$$bytes": {"$bytes": 3}}, {"bytes": 4},
]  # fmt: skip
BYTES = [b"", b"\x00\xff\x80", bytes(range(256)) * 40]


def raises(kind, work, code=None):
    try:
        work()
    except kind as error:
        assert code is None or error.code == code, error.code
        return error
    raise AssertionError(f"no {kind.__name__}")


def say(**told):
    # One write: threads say things at the same time.
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def until_told():
    """Waits for a line from the test."""
    line = sys.stdin.readline()
    assert line, "the test is gone"
    return line.strip()


def serve(url):
    with hermod.connect(url, name="check") as client:
        tries = []

        @client.agent("py", concurrency=4, retry=hermod.Retry(1, 0.01), topics=["tide.*"])
        class Py:
            def echo(self, said):
                return said

            def who(self, _, ctx):
                return {"agent": ctx.agent, "operation": ctx.operation, "attempt": ctx.attempt, "from": ctx.envelope["from"]}

            def relay(self, said, ctx):
                return ctx.call("ts", "echo", {"relayed": said})

            def hand_on(self, said, ctx):
                ctx.cast("ts", "note", said)

            def fail(self, why):
                tries.append(why)
                raise ValueError(f"cannot {why}")

            def never(self, why):
                raise hermod.Terminal(why)

            def count(self, most, ctx):
                for at in range(1, most + 1):
                    ctx.progress(at / most, f"part {at}")
                    yield at * 10
                return {"counted": most}

            def endless(self, _, ctx):
                say(begun=ctx.id)
                ctx.cancelled.wait(20)
                ctx.check()

            def tried(self):
                return tries

            def odd_answer(self):
                return {1, 2}

            def _any(self, said, ctx):
                say(heard=said, verb=ctx.envelope["verb"], topic=ctx.envelope.get("topic"))

        client.start()
        say(ready=True)
        sys.stdin.read()


def calls(url):
    with hermod.connect(url) as client:
        assert client.call("ts", "echo", ODD + BYTES) == ODD + BYTES
        for value in ODD + BYTES:
            assert client.call("ts", "echo", {"in": value})["in"] == value, value
        error = raises(hermod.FailedError, lambda: client.call("ts", "fail", "row"))
        assert "cannot row" in str(error.__cause__) and error.details["error"]["name"] == "RangeError", error.details
        assert "Did you mean" in str(raises(hermod.NoAgentError, lambda: client.call("tss", "echo")))
        raises(hermod.TimeoutError, lambda: client.call("ts", "silent", timeout=0.05))
        raises(hermod.HermodError, lambda: client.cast("ts", "note", {1}), "HERMOD_BAD_PAYLOAD")
        raises(hermod.HermodError, lambda: client.cast("ts", "note", float("nan")), "HERMOD_BAD_PAYLOAD")
        raises(hermod.HermodError, lambda: client.cast("ts", "note", 2**53), "HERMOD_BAD_PAYLOAD")
        raises(hermod.HermodError, lambda: client.cast("ts", "note", colour="red"), "HERMOD_BAD_OPTION")
        raises(hermod.TooLargeError, lambda: client.cast("ts", "note", "x" * 300_000))
        raises(hermod.TooLargeError, lambda: client.cast("ts", "note", "x" * (9 * 2**20)))
        loop = []
        loop.append(loop)
        raises(hermod.TooLargeError, lambda: client.cast("ts", "note", loop))
        first = client.cast("ts", "note", "once", key="k1", priority="high")
        assert client.cast("ts", "note", "once", key="k1", priority="high") == first
        raises(hermod.HermodError, lambda: client.cast("ts", "note", "twice", key="k1"), "HERMOD_CONFLICT")
        (record,) = client.history(f"id:{first}")
        assert record["envelope"]["payload"] == "once" and record["envelope"]["priority"] == 3
        conversation = client.cast("ts", "note", "a")
        client.cast("ts", "note", "b", conversation=conversation)
        said = client.history(conversation=conversation)
        newest = client.history(conversation=conversation, order="newest")
        assert [each["envelope"]["id"] for each in newest] == [each["envelope"]["id"] for each in said[::-1]]
        assert sorted(each["envelope"]["payload"] for each in said) == ["a", "b"], said
        assert len(client.history("to:ts", limit=3)) == 3
        ids = [hermod.uuid7() for _ in range(10_000)]
        assert ids == sorted(set(ids)) and ids[0][14] == "7" and ids[0][19] in "89ab"


def tasks(url):
    with hermod.connect(url) as client:
        task = client.task("ts", "count", 3)
        assert [(part.number, part.value) for part in task.parts()] == [(1, 1), (2, 2), (3, 3)]
        assert task.result() == "done"
        assert [part.value for part in task.parts(after=2)] == [3]
        status = client.task_by_id("ts", task.id).status()
        assert (status["state"], status["parts"], status["result"]) == ("done", 3, "done"), status
        assert task.cancel() == "already-finished"
        failing = client.task("ts", "fail", "row", retry=hermod.Retry(0))
        raises(hermod.FailedError, failing.result)
        raises(hermod.FailedError, lambda: list(failing.parts()))
        assert failing.status()["state"] == "failed"
        running = client.task("ts", "endless")
        next(running.parts())
        assert running.cancel("enough") == "signalled"
        assert "enough" in str(raises(hermod.CancelledError, running.result))
        later = client.task("ts", "count", 3, idle=5)
        raises(hermod.HermodError, lambda: client.task_by_id("ts", hermod.uuid7()).result(), "HERMOD_NO_TASK")
        unending = client.task("ts", "endless")
        raises(hermod.TimeoutError, lambda: unending.result(0.05))
        unending.cancel()
        slow = client.task("ts", "count", 40, ahead=4)
        assert [part.value for part in slow.parts()] == list(range(1, 41))
        assert later.result() == "done"
        boxed = client.mailbox("box")
        waiting = client.task("box", "do", 1)
        assert waiting.cancel("not now") == "cancelled-before-start"
        assert boxed.receive(0) is None
        assert waiting.status()["state"] == "cancelled"


def pull(url):
    with hermod.connect(url) as client:
        box = client.mailbox("box", retry=hermod.Retry(1, 0.0))
        assert box.receive(0) is None and client.receive("box", 0.01) is None
        asked = {}
        asker = threading.Thread(target=lambda: asked.update(answer=client.call("box", "sum", [1, 2])))
        asker.start()
        delivery = box.receive(5)
        assert (delivery.operation, delivery.payload, delivery.attempt) == ("sum", [1, 2], 1)
        delivery.extend(10)
        delivery.ack(sum(delivery.payload))
        asker.join(5)
        assert asked == {"answer": 3}, asked
        raises(hermod.HermodError, delivery.ack, "HERMOD_SETTLED")
        client.cast("box", "note", "again")
        box.receive(5).nack("not yet")
        again = box.receive(5)
        assert (again.payload, again.attempt) == ("again", 2)
        again.nack("still not")
        (letter,) = client.dead_letters('data.:"again"') or client.dead_letters("to:box")
        assert (letter["reason"], len(letter["attempts"])) == ("exhausted", 2), letter
        assert client.redrive(letter["id"])["status"] == "done"
        box.receive(5).reject("never")
        assert client.dead_letters("to:box")[0]["reason"] == "terminal"
        client.cast("box", "note", "low", priority="low")
        client.cast("box", "note", "high", priority="high")
        assert box.receive(5, where="priority:low").payload == "low"
        box.receive(5).release()
        assert box.receive(5).attempt == 1
        client.cast("box", "note", "later", delay=0.05)
        assert box.receive(5).payload == "later"
        assert "box" in client.agents() and client.counts("box")["running"] == 3


def storm(url):
    """Its connection is cut again and again."""
    with hermod.connect(url) as client:
        got, failed = [], []

        @client.agent("storm-py", concurrency=8)
        def take(payload, ctx):
            got.append(payload)
            return payload

        client.start()

        def work(thread):
            for at in range(40):
                try:
                    assert client.call("ts", "echo", [thread, at]) == [thread, at]
                    client.cast("ts", "note", ["storm", thread, at])
                    assert client.call("storm-py", "", [thread, at]) == [thread, at]
                except Exception as error:
                    failed.append(error)
                say(done=[thread, at])

        threads = [threading.Thread(target=work, args=(each,)) for each in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        task = client.task("ts", "count", 5)
        assert [part.value for part in task.parts()] == [1, 2, 3, 4, 5]
        assert not failed, failed[:3]
        assert sorted(got) == [[thread, at] for thread in range(4) for at in range(40)], len(got)
        say(over=True)


def secure(url):
    url, _, certificate = url.partition("#")
    raises(hermod.UnreachableError, lambda: hermod.connect(url, timeout=1))
    context = ssl.create_default_context(cafile=certificate)
    with hermod.connect(url, context=context) as client:

        @client.agent("safe", concurrency=4)
        def take(payload):
            return payload

        client.start()
        large = "\u00e9" * 100_000
        assert client.call("safe", "", large) == large
        say(ready=True)
        until_told()
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(client.call("safe", "", large))) for _ in range(20)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert answers == [large] * 20


def restart(url):
    """The hub ends and begins anew under the same address."""
    with hermod.connect(url) as client:

        @client.agent("lasting", topics=["tide.>"])
        def take(payload, ctx):
            if ctx.envelope["verb"] == "publish":
                say(topic=ctx.envelope["topic"])
            return {"got": payload}

        client.start()
        assert client.call("lasting", "", 1) == {"got": 1}
        id = client.cast("lasting", "", "before")
        say(ready=True)
        forgets = until_told()
        assert client.call("lasting", "", 2) == {"got": 2}
        assert forgets == "forgets" or client.history(f"id:{id}")[0]["state"] == "done"
        client.publish("tide.high.north", 3)
        until_told()


def closing(url):
    """What runs at a close has its time; what has not ended then is given back without an attempt."""
    client = hermod.connect(url)
    begun = threading.Event()

    @client.agent("slow", concurrency=2)
    class Slow:
        def short(self, _, ctx):
            begun.set()
            time.sleep(0.05)

        def long(self, _, ctx):
            begun.set()
            ctx.cancelled.wait(20)

    client.start()
    short = client.cast("slow", "short")
    begun.wait(5)
    client.close()
    raises(hermod.ClosedError, lambda: client.cast("slow", "short"))
    with hermod.connect(url) as other:
        assert other.history(f"id:{short}")[0]["state"] == "done"
        client, short = hermod.connect(url), None
        begun.clear()
        again = client.agent("slow")
        again(Slow)
        client.start()
        long = client.cast("slow", "long")
        begun.wait(5)
        client.close(timeout=0.05)
        record = other.history(f"id:{long}")[0]
        assert (record["state"], [each["outcome"] for each in record["attempts"]]) in (
            ("waiting", []),
            ("waiting", ["released"]),
        ), record


def skewed(url):
    right = hermod._now
    for hours in (-5, 5):
        hermod._now = lambda: right() + hours * 3_600_000
        with hermod.connect(url) as client:
            assert client.call("ts", "echo", hours, timeout=5.0) == hours
            assert abs(client._link.now() - right()) < 60_000, "the hub's time"
            soon = client.cast("ts", "note", "soon", delay=0.001)
            late = client.cast("ts", "note", "late", delay=3600.0)
            while client.history(f"id:{soon}")[0]["state"] != "done":
                time.sleep(0.005)
            assert client.history(f"id:{late}")[0]["state"] == "waiting"
            tries = []

            agent = client.agent(f"slipping{hours}", retry=hermod.Retry(1, 0.01))

            @agent.on("slip")
            def slip(said, ctx):
                ctx.check()
                tries.append(said)
                if len(tries) == 1:
                    raise ValueError("once")
                return ctx.deadline - time.time()

            client.start()
            left = client.call(f"slipping{hours}", "slip", 1, timeout=20.0, delivery="at-least-once")
            assert len(tries) == 2, tries
            assert abs(left - 20 - hours * 3600) < 20, left
    hermod._now = right


def repeated(url):
    tries, go = [], threading.Event()
    with hermod.connect(url) as server, hermod.connect(url) as one, hermod.connect(url) as other:

        @server.agent("counter", concurrency=4)
        class Counter:
            def count(self, said):
                tries.append(said)
                if said == "late":
                    go.wait(20)
                if said == "bad":
                    raise hermod.Terminal("cannot count")
                return {"$bytes": len(tries)}

        server.start()
        for client in (one, one, other):
            assert client.call("counter", "count", "once", key="k1", timeout=10) == {"$bytes": 1}, tries
        for client in (one, other):
            raises(hermod.FailedError, lambda: client.call("counter", "count", "bad", key="k2", timeout=10))
        answers = []
        ask = lambda client: answers.append(client.call("counter", "count", "late", key="k3", timeout=10))
        threads = [threading.Thread(target=ask, args=(client,)) for client in (one, one, other)]
        for each in threads:
            each.start()
        go.set()
        for each in threads:
            each.join()
        assert answers == [{"$bytes": 3}] * 3, answers
        assert tries == ["once", "bad", "late"], tries


def refused(url):
    error = raises(hermod.UnauthorizedError, lambda: hermod.connect(url, token="guessed"))
    assert error.hint, error
    raises(hermod.UnreachableError, lambda: hermod.connect("http://localhost:1", timeout=0.2))
    raises(hermod.HermodError, lambda: hermod.connect("localhost:4700"), "HERMOD_BAD_OPTION")


if __name__ == "__main__":
    name, url = sys.argv[1:]
    threading.excepthook = lambda caught: (sys.excepthook(*caught[:3]), os._exit(3))
    globals()[name](url)
