"""The programs as processes, and the control API of the mock broker."""
import collections
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import pytest

START_LIMIT = 20  # seconds; a start takes milliseconds
STOP_LIMIT = 10
NOT_IN_TIME = 408  # status of a wait that ran out


class ControlError(AssertionError):
    """The control API refused; the text is its own, `status` HTTP's."""

    def __init__(self, text, status=None):
        super().__init__(text)
        self.status = status


class Program:
    """One running program that announces its ports in a ready file; it dies with the tests."""

    def __init__(self, binary, arguments, folder):
        self.name = pathlib.Path(binary).name
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.log_file = folder / f'{self.name}-{os.getpid()}-{time.monotonic_ns()}.log'
        ready = self.log_file.with_suffix('.json')
        with self.log_file.open('wb') as log:
            self.process = subprocess.Popen(
                [str(binary), *map(str, arguments), '--ready-file', str(ready)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_LIMIT
        while not ready.exists():
            try:
                code = self.process.wait(timeout=0.002)
                raise ControlError(f'{self.name} ended with {code}:\n{self.log()}')
            except subprocess.TimeoutExpired:
                pass
            if time.monotonic() > deadline:
                self.stop()
                raise ControlError(f'{self.name} is not ready after {START_LIMIT} s')
        self.listeners = json.loads(ready.read_text())['listeners']

    def log(self):
        return self.log_file.read_text(errors='replace')

    def port(self, name):
        """Of a listener ('ws'), or of a proxy by its port as written ('4443')."""
        return self._listener(name)['port']

    def is_tls(self, name):
        """Whether a proxy has TLS, by its port as written."""
        return self._listener(name)['url'].startswith('https')

    def _listener(self, name):
        for each in self.listeners:
            if name == each['name'] or each['name'].endswith(f':{name}'):
                return each
        known = ', '.join(each['name'] for each in self.listeners)
        raise KeyError(f'{self.name} has no listener {name!r}; known: {known}')

    def stop(self):
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode


class Programs:
    """Where the programs are, and the brokers of this process by what they were started with;
    tests take turns on them."""

    OPTIONS = {'mockbroker': '--stomp-broker-bin', 'gateway': '--gateway-bin',
               'stomp-client': '--stomp-client-bin'}

    def __init__(self, config):
        self._config = config
        self._running = {}
        self._temporary = None

    def binary(self, name):
        """Its path; pytest.UsageError when it is not found."""
        option = self.OPTIONS[name]
        given = self._config.getoption(option)
        folder = os.environ.get('PUMPHOUSE_BIN')
        found = given or (str(pathlib.Path(folder) / name) if folder else shutil.which(name))
        if not found or not pathlib.Path(found).exists():
            raise pytest.UsageError(
                f'{name} is not found: {found or "not on the PATH"}; name its folder with '
                f'PUMPHOUSE_BIN, put it on the PATH, or say {option}=FILE')
        return found

    @property
    def folder(self):
        """Of logs; kept when --stomp-artifacts says where."""
        kept = self._config.getoption('--stomp-artifacts')
        if kept:
            return pathlib.Path(kept)
        if not self._temporary:
            self._temporary = tempfile.TemporaryDirectory(prefix='stomp-')
        return pathlib.Path(self._temporary.name)

    def start_broker(self, profile='activemq', users=(), options=()):
        """A mock broker for the caller only, who stops it."""
        arguments = ['--profile', profile, '--seed', self._config.getoption('--stomp-seed'),
                     *(f'--{name}=0' for name in ('ws', 'stomp', 'console', 'control')),
                     *(f'--user={user}' for user in users), *options]
        program = Program(self.binary('mockbroker'), arguments, self.folder)
        return Broker(program, self._config.getoption('--stomp-timeout'))

    def broker(self, profile='activemq', users=(), options=()):
        """The one that was started so."""
        key = (profile, tuple(users), tuple(options))
        if key not in self._running:
            self._running[key] = self.start_broker(*key)
        return self._running[key]

    def stop(self):
        for broker in self._running.values():
            broker.program.stop()
        self._running.clear()
        if self._temporary:
            self._temporary.cleanup()
            self._temporary = None


Evidence = collections.namedtuple('Evidence', 'newest faults ladder recording')


class Fault:
    """One that is armed."""

    def __init__(self, broker, name):
        self._broker = broker
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.disarm()

    @property
    def fired(self):
        return self._broker.call('GET', f'faults/{self.name}')['fired']

    def fire(self):
        """A manual one acts at its next match."""
        self._broker.call('POST', f'faults/{self.name}/fire')

    def disarm(self):
        self._broker.call('DELETE', f'faults/{self.name}')


class Clock:
    """The broker's time."""

    def __init__(self, broker):
        self._broker = broker

    @property
    def now(self):
        """Seconds; only differences mean something."""
        return self._broker.call('GET', 'clock')['now_ms'] / 1000

    @property
    def wall(self):
        """Seconds since 1970, as headers like `expires` have them in milliseconds."""
        return self._broker.call('GET', 'clock')['wall_ms'] / 1000

    def advance(self, seconds):
        """Time goes on by so much at once, at most a week: heart-beats, expiry and delays that are
        due by then happen, in order, before this returns."""
        self._broker.call('POST', 'clock', {'advance_ms': round(seconds * 1000)})


class Broker:
    """A mock broker in a process of its own."""

    def __init__(self, program, timeout=5):
        self.program = program
        self.timeout = timeout
        self.clock = Clock(self)
        self.looked = set()  # destinations given to queue(), and
        self.asked = 0  # connections that the test made or announced, since the reset
        self.url = f'ws://localhost:{program.port("ws")}/'
        self.tcp_url = f'stomp://localhost:{program.port("stomp")}'
        self.console_url = f'http://localhost:{program.port("console")}/admin/'
        self._root = f'http://localhost:{program.port("control")}/__mock/'

    def call(self, method, path, body=None):
        """One call of the control API; its answer. GET / lists them."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._root + path, data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout + 60) as answer:
                text = answer.read().decode()
                return json.loads(text) if answer.headers.get_content_subtype() == 'json' else text
        except urllib.error.HTTPError as error:
            answer = json.loads(error.read() or b'{}')
            text = answer.get('error', str(error))
            for near in answer.get('nearest', ()):
                text += f'\n  near: {near["line"]}'
                text += ''.join(f'\n        {d}' for d in near['differences'])
            raise ControlError(text, error.code) from None

    def evidence(self):
        """What a report of a failed test shows."""
        faults = [f'{f["name"]}: fired {f["fired"]}x of {f["seen"]} matches ({f["fault"]})'
                  for f in self.call('GET', 'faults')['faults']]
        return Evidence(self.newest_lines(), '\n'.join(faults), self.ladder(), self.recording())

    def fault(self, line):
        """Arms one: broker.fault('drop on=RECEIPT nth=2')."""
        return Fault(self, self.call('POST', 'faults', {'fault': line})['name'])

    def publish(self, destination, body='', headers=None):
        """Stores a message as another client would; its id."""
        headers = {name: str(value) for name, value in (headers or {}).items()}
        return self.call('POST', 'publish', {'destination': destination, 'body': body,
                                             'headers': headers})['message_id']

    def queue(self, destination):
        """Numbers of a destination; None when there is none."""
        self.looked.add(destination)
        for each in self.call('GET', 'queues')['queues']:
            if each['destination'] == destination:
                return each
        return None

    def expect_connections(self, count=1):
        """Of others than the test's own clients; strict tests fail for those beyond."""
        self.asked += count

    def received(self, command=None, count=1, timeout=None, **match):
        """Waits until the broker has received so many frames that match: destination=, body=,
        body_contains=, body_json=VALUE, body_json_at={'items.0.price': 3}, headers={},
        connection=. Answers them."""
        if command:
            match['command'] = command
        match.setdefault('way', 'to-broker')
        limit = self.timeout if timeout is None else timeout
        return self.call('POST', 'wait', {'match': match, 'count': count,
                                          'timeout_ms': int(limit * 1000)})['entries']

    def never_received(self, command=None, **match):
        """That no such frame has come so far; `match` as of received(). A RECEIPT of a later frame
        on the same connection proves that an earlier one would have."""
        try:
            came = self.received(command, timeout=0, **match)
        except ControlError as error:
            if error.status != NOT_IN_TIME:
                raise
            return
        lines = ''.join(f'\n  {entry["line"]}' for entry in came)
        raise AssertionError(f'the broker received what it must not:{lines}')

    def journal(self):
        return self.call('GET', 'journal')['entries']

    def ladder(self):
        return self.call('GET', 'ladder')

    def newest_lines(self, most=60):
        """The end of the ladder, with the leg and the time since the journal's first entry."""
        state = self.call('GET', f'journal?since={2**63 - 1}')
        first, last = state['first'], state['last']
        if last < first:
            return ''
        began = self.call('GET', f'journal/{first}')['at_ms']
        since = max(last - most, first - 1)
        lines = [f'+{(e["at_ms"] - began) / 1000:.3f}s {e["leg"]} {e["line"]}'
                 for e in self.call('GET', f'journal?since={since}')['entries']]
        if since >= first:
            lines.insert(0, f'... {since - first + 1} lines before')
        return '\n'.join(lines)

    def recording(self):
        """What passed, as a .ladder file that plays again."""
        return self.call('GET', 'recording')

    def connections(self):
        return self.call('GET', 'connections')['connections']

    def restart(self, keep=False):
        """All connections die; what is stored goes, or stays."""
        self.call('POST', 'restart', {'keep': keep})

    def reset(self):
        """As new: no faults, no journal, nothing stored. Names of faults that never acted."""
        self.looked.clear()
        self.asked = 0
        self.restart()
        return self.call('POST', 'reset')['unused']
