"""mockbroker and Debian's RabbitMQ in one run, round by round in turn: CPU time of the broker for a
delivery, time to the first CONNECTED, memory at rest and of an idle connection. The generator's own
time is not counted.

usage: brokers.py [ROUNDS]    7 rounds; exit code 1 when a target is missed
"""
import itertools
import pathlib
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import NamedTuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'e2e'))
import processes  # noqa: E402

import proc  # noqa: E402
import rabbitmq  # noqa: E402
from stomp_load import Client, Target, deliver  # noqa: E402

START_LIMIT = 120  # seconds; an Erlang machine on a busy computer needs ten
IDLE = 1000
LOADS = {  # destination, subscribers, messages of a round, on their way at once
    '1 to 1': (b'/queue/one', 1, 20000, 100),
    '1 to 1, one on its way': (b'/queue/slow', 1, 5000, 1),
    '1 to 100': (b'/topic/many', 100, 300, 10),
    '1 to 100, one on its way': (b'/topic/slow', 100, 200, 1),
}
LOAD_TARGETS = dict.fromkeys(LOADS, 0.15)


class MockBroker:
    def __init__(self, folder):
        begin = time.monotonic()
        self._service = processes.make_broker(folder)
        self.ready_ms = (time.monotonic() - begin) * 1000
        self.target = Target(self._service.port('ws'), self._service.port('stomp'), '/')

    def pids(self):
        return [self._service.process.pid]

    def has_ended(self):
        return self._service.process.poll() is not None

    def output(self):
        return self._service.log()

    def stop(self):
        self._service.stop()


def first_connected(broker):
    """Tries until a client is CONNECTED."""
    end = time.monotonic() + START_LIMIT
    while True:
        try:
            return Client(broker.target).close()
        except OSError as error:
            if broker.has_ended() or time.monotonic() > end:
                raise RuntimeError(f'no CONNECTED ({error}):\n{broker.output()}') from error
        time.sleep(0.005)


class Measured:
    """What was found out about one kind of broker."""

    def __init__(self, make, folder):
        self._make = make
        self._folder = pathlib.Path(folder)
        self._folder.mkdir()
        self.ready_ms, self.connected_ms, self.rest_mib = [], [], []
        self.idle_kib = {over: self._idle(over) for over in ('ws', 'tcp')}
        self.costs = {load: [] for load in LOADS}
        self.broker = None  # the one that takes the loads

    def start(self):
        """A fresh one, looked at while nobody has asked anything of it yet."""
        folder = self._folder / str(len(self.connected_ms))
        folder.mkdir()
        begin = time.monotonic()
        broker = self._make(folder)
        try:
            first_connected(broker)
            self.connected_ms.append((time.monotonic() - begin) * 1000)
            self.ready_ms.append(broker.ready_ms)
            self.rest_mib.append(proc.pss_kib(broker.pids()) / 1024)
        except BaseException:
            broker.stop()
            raise
        return broker

    def _idle(self, over):
        """KiB for each of many connections, in a broker that had none before."""
        broker = self.start()
        try:
            before = proc.pss_kib(broker.pids())
            clients = [Client(broker.target, over) for _ in range(IDLE)]
            after = proc.pss_kib(broker.pids())
            for each in clients:
                each.close()
        finally:
            broker.stop()
        return (after - before) / IDLE

    def play(self, load):
        """Microseconds of CPU for a delivery."""
        destination, subscribers, count, window = LOADS[load]
        producer = Client(self.broker.target)
        receivers = [Client(self.broker.target) for _ in range(subscribers)]
        for each in receivers:
            each.subscribe(destination)
        pids = self.broker.pids()
        begin = proc.cpu_seconds(pids)
        deliver(producer, receivers, destination, count, window)
        used = proc.cpu_seconds(pids) - begin
        for each in [producer, *receivers]:
            each.close()
        return used * 1e6 / (count * subscribers)


def play_rounds(all_measured, rounds):
    """Each load on each broker in turn, so that what else goes on meets all of them."""
    try:
        for each in all_measured:
            each.broker = each.start()
        for number, load, each in itertools.product(range(rounds + 1), LOADS, all_measured):
            cost = each.play(load)
            if number > 0:  # the first round warms up
                each.costs[load].append(cost)
    finally:
        for each in all_measured:
            if each.broker:
                each.broker.stop()


class Row(NamedTuple):
    what: str
    unit: str
    values: Callable[[Measured], list]
    target: float | None = None
    is_ratio: bool = False  # whether the target is one of ours to theirs


def rows():
    for load, target in LOAD_TARGETS.items():
        yield Row(f'CPU for a delivery, {load}', 'µs', lambda m, of=load: m.costs[of], target, True)
    yield Row('start to ready file', 'ms', lambda m: m.ready_ms, 50)
    yield Row('start to first CONNECTED', 'ms', lambda m: m.connected_ms)
    yield Row('memory at rest (PSS)', 'MiB', lambda m: m.rest_mib, 8)
    yield Row('idle connection, WebSocket', 'KiB', lambda m: [m.idle_kib['ws']], 16)
    yield Row('idle connection, TCP', 'KiB', lambda m: [m.idle_kib['tcp']], 16)


def shown(values, unit):
    if not values or None in values:
        return ''
    middle = f'{statistics.median(values):.1f} {unit}'
    return middle if len(values) == 1 else f'{middle} ({min(values):.1f} to {max(values):.1f})'


def print_table(ours, theirs):
    """Prints what was measured; whether no target is missed."""
    name = f'RabbitMQ {rabbitmq.version()}' if theirs else 'RabbitMQ (skipped)'
    print(f'| | mockbroker | {name} | ratio | target | |\n|---|---|---|---|---|---|')
    good = True
    for row in rows():
        a, b = row.values(ours), row.values(theirs) if theirs else []
        middle = statistics.median(a)
        share = middle / statistics.median(b) if b and None not in b else None
        judged = share if row.is_ratio else middle
        target = verdict = ''
        if row.target is not None:
            target = f'{row.target} times' if row.is_ratio else f'{row.target} {row.unit}'
            verdict = 'no peer' if judged is None else 'met' if judged <= row.target else 'missed'
        good = good and verdict != 'missed'
        ratio = '' if share is None else f'{share:.3f}'
        print('|', ' | '.join([row.what, shown(a, row.unit), shown(b, row.unit), ratio, target,
                               verdict]), '|')
    return good


def main(arguments):
    rounds = int(arguments[0]) if arguments else 7
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Measured(MockBroker, f'{folder}/mockbroker'), None
        if rabbitmq.is_installed():
            theirs = Measured(rabbitmq.RabbitMq, f'{folder}/rabbitmq')
        else:
            print('skipped: RabbitMQ, which is not installed (ci/setup bench)')
        play_rounds([ours, theirs] if theirs else [ours], rounds)
    good = print_table(ours, theirs)
    print(f'\n{rounds} rounds: median (least to most); idle: each of {IDLE:,} connections')
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
