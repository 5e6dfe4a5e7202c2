"""Plays scenarios.toml with a client of clients.toml and says, in one line each, what came of it."""
import base64
import collections
import concurrent.futures
import contextlib
import json
import os
import pathlib
import queue
import re
import shlex
import subprocess
import threading
import time
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 20  # seconds for anything that a scenario waits for, unless it says `limit`
TOGETHER = 12  # scenarios at a time: those with heart-beats wait most of their time

BODIES = {
    'BINARY': bytes(range(256)) * 2,
    'NUL': b'a\0b',
    'EMOJI': ('😀' * 10000).encode(),
}


def load(name):
    return tomllib.loads((HERE / name).read_text())


CLIENTS = load('clients.toml')
SCENARIOS = load('scenarios.toml')
PARTIES = [(client, transport) for client, it in CLIENTS.items() for transport in it['transports']]


def body_of(word):
    """A body as written in a scenario: a name of BODIES, a number of octets as `1024*`, or text."""
    if word[:-1].isdigit() and word.endswith('*'):
        return b'x' * int(word[:-1])
    return BODIES.get(word, word.encode())


class Driver:
    """The process of one client; its connections' events go to the scenario that opened them."""

    def __init__(self, client, environment, log):
        *interpreter, script = CLIENTS[client]['command']
        command = [*interpreter, str(HERE / script)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=log, text=True,
                                         env={**os.environ, **environment})
        self._events = collections.defaultdict(queue.SimpleQueue)
        self._writing = threading.Lock()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            event = json.loads(line)
            self._events[event.pop('on')].put(event)

    def events(self, on):
        return self._events[on]

    def tell(self, on, do, **more):
        with self._writing:
            self._process.stdin.write(json.dumps({'on': on, 'do': do, **more}) + '\n')
            self._process.stdin.flush()

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(LIMIT)
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join()


class Over(Exception):
    """The connection is gone, or silent: the rest of the scenario has no meaning."""


class Play:
    """One scenario with one client: a method for each verb, and what was seen so far."""

    def __init__(self, driver, client, transport, port, name):
        self._driver, self._transport, self._port = driver, transport, port
        self._limit = SCENARIOS[name].get('limit', LIMIT)
        self._quiet = SCENARIOS[name].get('quiet', False)
        # As long for all: the length decides where stompjs cuts its frames.
        words = [name, re.sub(r'\W+', '-', client).strip('-'), transport, str(os.getpid())]
        self._name = '.'.join(words).ljust(72, '_')
        self._on = None
        self._opened = 0
        self._probes = 0
        self._messages = collections.deque()
        self._failure = None
        self._sent = set()
        self._ids = set()
        self._seen = []

    def run(self, steps):
        try:
            for step in steps:
                verb, *words = shlex.split(step.replace('@', self._name))
                plain = [w for w in words if not re.match(r'[\w-]+:', w)]
                headers = {name: body_of(value).decode()
                           for name, value in (w.split(':', 1) for w in words if w not in plain)}
                named = {'headers': headers} if headers else {}
                getattr(self, 'do_' + verb.replace('-', '_'))(*plain, **named)
        except Over:
            pass
        finally:
            for number in range(self._opened):
                self._driver.tell(self._connection(number + 1), 'drop')
        return self._without_chance('; '.join(self._seen))

    def _connection(self, number):
        return f'{self._name}#{number}'

    def _without_chance(self, seen):
        """Names for what is another in each run."""
        for id in self._ids - {''}:
            seen = seen.replace(id, 'ID')
        return re.sub(r'127\.0\.0\.1:\d+', 'HOST:PORT', seen.replace(self._name, '@'))

    def _tell(self, do, **more):
        self._driver.tell(self._on, do, **more)

    def _wait(self, wanted, **having):
        """The next such event. Errors are noted on the way; a connection's end is the scenario's."""
        end = time.monotonic() + self._limit
        while True:
            try:
                event = self._driver.events(self._on).get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                self._seen.append(f'failed: {self._failure}' if self._failure else 'silence')
                raise Over from None
            saw = event['saw']
            if saw == 'error' and (wanted == 'error' or not self._quiet):
                self._seen.append(f'error: {event["headers"].get("message", "")}')
            if saw == wanted and having.items() <= event.items():
                return event
            if saw == 'closed':
                self._seen.append(f'closed {event.get("code") or ""}'.rstrip())
                raise Over
            elif saw == 'failed':
                self._failure = event['why']
            elif saw == 'message':
                self._messages.append(event)

    # The verbs: what they do is said at the head of scenarios.toml.
    def do_connect(self, *options, headers={}):
        options = {'silent': 'silent' in options, 'binary': 'binary' in options}
        headers = {'login': 'system', 'passcode': 'manager', **headers}
        beats = [int(n) for n in headers.pop('beats', '0,0').split(',')]
        self._opened += 1
        self._on = self._connection(self._opened)
        self._tell('open', transport=self._transport, port=self._port, beats=beats,
                   version=headers.pop('version', None), headers=headers, **options)
        self._connected = self._wait('connected')['headers']

    def do_connected(self, name):
        self._seen.append(f'{name} {self._connected.get(name)}')

    def do_subscribe(self, to, headers={}):
        self._tell('subscribe', to=to, headers={'id': 's', 'ack': 'auto', **headers})

    def do_unsubscribe(self, id):
        self._tell('unsubscribe', id=id)

    def do_send(self, to, body, headers={}):
        octets = body_of(body)
        self._sent.add(octets)
        self._tell('send', to=to, headers=headers, body=base64.b64encode(octets).decode(),
                   binary=body == 'BINARY')

    def do_take(self):
        self._last = self._messages.popleft() if self._messages else self._wait('message')
        octets = base64.b64decode(self._last['body'])
        if octets not in self._sent:
            text = 'damaged'
        elif not octets:
            text = 'empty'
        elif len(octets) > 40:
            text = f'{len(octets)} octets'
        else:
            text = json.dumps(octets.decode(), ensure_ascii=False)[1:-1]
        if self._last['headers'].get('redelivered') == 'true':
            text += ' again'
        self._seen.append(text)
        self._ids.update(self._last['headers'].get(name, '') for name in ('message-id', 'ack'))

    def do_header(self, name):
        value = self._last['headers'].get(name)
        self._seen.append(f'{name} {json.dumps(value, ensure_ascii=False)}')

    def do_ack(self, headers={}):
        self._tell('ack', headers=headers)

    def do_nack(self, headers={}):
        self._tell('nack', headers=headers)

    def do_ack_id(self, id):
        self._tell('ack_id', id=id, subscription='s')

    def do_begin(self, id):
        self._tell('begin', id=id)

    def do_commit(self, id):
        self._tell('commit', id=id)

    def do_abort(self, id):
        self._tell('abort', id=id)

    def do_receipt(self):
        self._probes += 1
        self._tell('send', to='/topic/probe', headers={'receipt': f'r{self._probes}'}, body='', binary=False)
        self._wait('receipt', id=f'r{self._probes}')
        self._seen.append('receipt')

    def do_beat(self):
        self._wait('beat')
        self._seen.append('beat')

    def do_error(self):
        self._wait('error')

    def do_closed(self):
        self._wait('never')

    def do_disconnect(self):
        self._tell('disconnect')
        self._wait('closed')
        self._seen.append('bye')

    def do_drop(self):
        self._tell('drop')
        self._wait('closed')


def play(client, ports, environment, log):
    """All scenarios with one client: {(scenario, client, transport): result}. `ports` are those of the
    transports, `environment` is for the driver."""
    driver = Driver(client, environment, log)
    try:
        with concurrent.futures.ThreadPoolExecutor(TOGETHER) as pool:
            runs = {(name, client, transport):
                    pool.submit(Play(driver, client, transport, ports[transport], name).run, it['steps'])
                    for transport in CLIENTS[client]['transports'] for name, it in SCENARIOS.items()}
            return {key: run.result() for key, run in runs.items()}
    finally:
        driver.close()
