"""A worker for HumanOS, with the Python standard library alone.

    Worker("word counter", ["word_count"], lambda task: {"words": len(task.input["text"].split())}).run()

What it keeps to (docs/guides/worker-protocol.md says why):

- a claim is kept alive by heartbeats, three in each lease, from a thread of their own;
- every write has an idempotency key, so that it is safe to send it again when its answer was lost;
- what the server says is over (withdrawn, given to somebody else) is dropped, and never answered;
- everything else is answered: with the result, or with why there is none;
- SIGTERM and SIGINT stop it: no new task, the one in hand is finished, or given back when the time for that is over.
"""

import hashlib
import http.client
import json
import os
import random
import re
import signal
import sys
import threading
import time
import urllib.error
import urllib.request

OVER = {
    "task_closed",
    "task_status",
    "task_unknown",
    "stale_token",
    "not_holder",
    "run_status",
    "run_unknown",
    "run_archived",
}
CODE = "[a-z][a-z0-9_]{0,63}"
MOST_MESSAGE = 2000  # characters
MOST_RESULT = 8 * 1024 * 1024 - 1024  # bytes: what the server takes, without what stands around the result
LAST_SECONDS = 5  # for the last answer, when the time to finish is over
GRANTED_SECONDS = 1  # for what the last claim was granted: that is said at once


class Refused(Exception):
    """The server has answered, and it is no. `code` is stable; `remediation` says what to do, where that is known."""

    def __init__(self, status, code, detail, remediation=None):
        super().__init__(detail)
        self.status, self.code, self.remediation = status, code, remediation


class Unreachable(Exception):
    """No answer: what was asked may have been done, or not."""


class Failed(Exception):
    """Raise it to fail a task with a code of your own; with `retryable=False` no other attempt is made."""

    def __init__(self, message, code="agent_failed", retryable=True):
        super().__init__(message)
        self.code, self.retryable = code, retryable


class _Interrupted(BaseException):
    """Raised by a signal while the worker only waits."""


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    """Followed, a redirection would lose what is sent, and take the token elsewhere."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(_NoRedirection)


class Client:
    """Requests with a token. Those that change something have a key, under which they are done once."""

    def __init__(self, url, token):
        self.url, self.token = url.rstrip("/"), token
        if not re.match("https?://[^/]", self.url):
            sys.exit(f"{url} is no address of a server. Write HUMANOS_URL as http://HOST:PORT.")

    def send(self, method, path, body=None, key=None, timeout=30.0):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with OPENER.open(request, timeout=timeout) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from None
        except (OSError, EOFError) as error:  # refused, reset, timed out, cut off
            raise Unreachable(str(error)) from None
        except http.client.HTTPException as error:  # answers that break off
            raise Unreachable(repr(error)) from None

    @staticmethod
    def _refusal(error):
        """What stands between here and the server may say no as well, in words of its own or none."""
        if error.code < 400:
            return Unreachable(f"a redirection ({error.code}), which the server never gives: look at HUMANOS_URL")
        try:
            problem = json.loads(error.read())
        except (OSError, http.client.HTTPException, ValueError):
            problem = {}
        if not isinstance(problem, dict):
            problem = {}
        code = problem.get("code", f"http_{error.code}")
        passing = error.code in (408, 429) or error.code >= 500
        if passing and code != "capacity_reached":
            return Unreachable(problem.get("detail", error.reason))
        return Refused(error.code, code, problem.get("detail", error.reason), problem.get("remediation"))

    def fetch(self, path):
        for pause in pauses():
            try:
                return self.send("GET", path)
            except Unreachable:
                time.sleep(pause)

    def post(self, path, body, key=None, timeout=30.0):
        answer = self.send("POST", path, body, key, timeout)
        try:
            return json.loads(answer)
        except ValueError as error:  # somebody else has answered
            raise Unreachable(f"an answer that is not JSON: {error}") from None


class Task:
    """A claimed task. `lost` is set when the server says that it is no longer this worker's: stop working on it then."""

    def __init__(self, client, view, lease_seconds):
        self.id, self.token, self.view, self.input = view["id"], view["token"], view, view["input"]
        self.lost = threading.Event()
        self._client, self._lease = client, lease_seconds
        self._ended = threading.Event()
        self._calls = 0
        self._heart = threading.Thread(target=self._beat, daemon=True)

    def progress(self, fraction, message=""):
        """How far it is: 0 to 1. Each call is an entry of the ledger: do not call it every moment."""
        self.call("progress", {"fraction": fraction, "message": message[:MOST_MESSAGE]})

    def call(self, what, body):
        """One write on this claim, sent again until there is an answer. Raises Refused."""
        self._calls += 1
        # A key has 255 characters at most; ids of tasks in nested runs may have more.
        name = self.id if len(self.id) <= 180 else hashlib.sha256(self.id.encode()).hexdigest()
        key = f"{what}/{name}/{self.token}/{self._calls}"
        for pause in pauses():
            try:
                return self._client.post(self.path(what), {"token": self.token, **body}, key)
            except Unreachable:
                time.sleep(pause)
            except Refused as refused:
                if refused.code in OVER:
                    self.lost.set()
                raise

    def path(self, what):
        return f"/v1/tasks/{urllib.request.quote(self.id, safe='')}/{what}"

    def resolve(self):
        """Large content stands in the input as a reference: puts the content in its place, where that is JSON."""
        self.input = self._whole(self.input)

    def _whole(self, value):
        if isinstance(value, list):
            return [self._whole(part) for part in value]
        if not isinstance(value, dict):
            return value
        if not isinstance(value.get("$artifact"), str):
            return {name: self._whole(part) for name, part in value.items()}
        content = self._client.fetch(f"/v1/artifacts/{urllib.request.quote(value['$artifact'], safe='')}")
        try:
            return json.loads(content)
        except ValueError:
            return value

    def __enter__(self):
        self._heart.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._heart.join()

    def _beat(self):
        """Until the end: whether a lease that ran out without a connection is over, the server says when it is back."""
        wait = self._lease / 3
        while not self._ended.wait(wait):
            try:
                body = {"token": self.token, "leaseSeconds": self._lease}
                self._client.post(self.path("heartbeat"), body, timeout=self._lease / 3)
                wait = self._lease / 3
            except Unreachable:
                wait = min(1.0, self._lease / 10)
            except Refused:
                return self.lost.set()


class Worker:
    def __init__(self, name, capabilities, handler, url=None, token=None, lease_seconds=30, wait_seconds=25, grace_seconds=20):
        self.name, self.capabilities, self.handler = name, capabilities, handler
        self.client = Client(
            url or os.environ.get("HUMANOS_URL") or "http://127.0.0.1:4400", token or os.environ.get("HUMANOS_TOKEN", "")
        )
        self.lease, self.wait, self.grace = lease_seconds, wait_seconds, grace_seconds
        self.stopping = threading.Event()
        self._waiting = False
        self._task = None  # that the handler works on
        self._key = None  # of a claim without an answer

    def run(self):
        """Works until a signal comes. Ends the program, and says why, when the server will not give it work at all."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self.log(f"waits for work: {', '.join(self.capabilities) or 'whatever comes to its passport'}")
        pause = pauses()
        try:
            while not self.stopping.is_set():
                view = self._claim(pause)
                if view:
                    pause = pauses()
                    self._work(view)
        except _Interrupted:
            pass
        except Refused as refused:
            self.log(f"{refused} ({refused.code})")
            self.log(refused.remediation or f"Look at HUMANOS_URL, which is {self.client.url}.")
            sys.exit(1)
        self._give_back_granted()
        self.log("stopped")

    def _claim(self, pause):
        """The next task, or None. Only here a signal ends what the worker does."""
        try:
            self._waiting = True
            if self.stopping.is_set():
                return None
            return self._ask(self.wait, self.wait + 30)
        except Unreachable as error:
            self.log(f"no connection: {error}; trying again")
            time.sleep(next(pause))
        except Refused as refused:
            if refused.code != "capacity_reached":
                raise
            self._key = None
            time.sleep(next(pause))
        finally:
            self._waiting = False
        return None

    def _ask(self, wait, timeout):
        """The same key until there is an answer: a task whose grant was lost on the way is granted again."""
        body = {"waitSeconds": wait, "leaseSeconds": self.lease}
        if self.capabilities:  # without any: whatever comes, as to a system of record
            body["capabilities"] = self.capabilities
        self._key = self._key or f"claim/{random.getrandbits(128):x}"
        answer = self.client.post("/v1/tasks/claim", body, self._key, timeout=timeout)
        self._waiting = False  # no signal comes between an answer and what becomes of it
        self._key = None
        return answer["task"]

    def _give_back_granted(self):
        """At the stop: what a claim was granted whose answer was lost, or on the way."""
        try:
            view = self._ask(0, GRANTED_SECONDS) if self._key else None
            if view:
                task = Task(self.client, view, self.lease)
                body = {"token": task.token, "reason": "the worker stops"}
                self.client.post(task.path("release"), body, timeout=LAST_SECONDS)
                self.log(f"{task.id} given back")
        except (Unreachable, Refused):
            pass

    def _work(self, view):
        self.log(f"{view['id']} claimed")
        try:
            with Task(self.client, view, self.lease) as task:
                self._answer(task, *self._outcome(task))
        except Refused as refused:  # a late answer is dropped, as nobody waits for it any more
            self.log(f"{view['id']}: {refused.code}: {refused}")

    def _outcome(self, task):
        self._task = task
        try:
            task.resolve()
            return "complete", {"output": as_sent(self.handler(task))}
        except Failed as failed:
            return failure(failed.code, str(failed), failed.retryable)
        except Refused as refused:  # an artifact, or what the handler has asked for
            return failure(refused.code, str(refused))
        except Exception as error:  # the message goes to the server, where it happened stays here
            sys.excepthook(*sys.exc_info())
            code = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower().strip("_")
            return failure(code, str(error) or type(error).__name__)
        finally:
            self._task = None

    def _answer(self, task, what, body):
        if task.lost.is_set():
            return self.log(f"{task.id} is no longer ours: nothing is answered")
        try:
            task.call(what, body)
            self.log(f"{task.id}: {what} {body.get('code', '')}".rstrip())
        except Refused as refused:
            if refused.code in OVER or what == "fail":
                raise
            self._answer(task, *failure(refused.code, str(refused)))

    def _stop(self, *_):
        self.stopping.set()
        if self._waiting:
            raise _Interrupted
        after(self.grace, self._give_back)
        after(self.grace + LAST_SECONDS, os._exit, 0)

    def _give_back(self):
        """Only what the handler still works on: with an outcome there is time until the end to have it answered."""
        task = self._task
        if not task:
            return
        if not task.lost.is_set():
            try:
                task.call("release", {"reason": "the worker stops"})
                self.log(f"{task.id} given back")
            except Refused:
                pass
        os._exit(0)

    def log(self, text):
        print(f"{self.name}: {text}", file=sys.stderr, flush=True)


def as_sent(result):
    """The result, where it can be sent."""
    try:
        size = len(json.dumps(result, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise Failed(f"The result is not JSON: {error}", "result_not_json", retryable=False) from None
    if size > MOST_RESULT:
        raise Failed("The result has more than 8 MiB: put large content as artifacts.", "output_too_large", retryable=False)
    return result


def failure(code, message, retryable=True):
    """What is said of a failure, so that the server takes it."""
    if not re.fullmatch(CODE, str(code)):
        code = "agent_failed"
    message = message.encode(errors="replace").decode()[:MOST_MESSAGE]  # without halves of characters
    return "fail", {"code": code, "message": message or code, "retryable": retryable}


def after(seconds, do, *args):
    timer = threading.Timer(seconds, do, args)
    timer.daemon = True
    timer.start()


def pauses(first=0.25, most=15.0):
    """Seconds between attempts: twice as long each time, half of it by chance, so that many workers do not come back as one."""
    full = first
    while True:
        yield full / 2 + random.random() * full / 2
        full = min(most, full * 2)
