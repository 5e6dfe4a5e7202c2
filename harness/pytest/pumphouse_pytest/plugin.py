"""Fixtures, markers and options. docs/testing.md is the guide."""
import os
import pathlib
import re
import shutil
import ssl

import pytest

from .client import Client
from .control import Broker, ControlError, Program
from .strict import left_in, unexpected_in

EXTERNAL = 'needs the mock broker; --stomp-external names another one'


def pytest_addoption(parser):
    group = parser.getgroup('stomp', 'STOMP end-to-end tests (pumphouse)')
    group.addoption('--stomp-broker-bin', help='mockbroker; else on the PATH or in PUMPHOUSE_BIN')
    group.addoption('--gateway-bin', help='gateway; else on the PATH or in PUMPHOUSE_BIN')
    group.addoption('--stomp-external', metavar='URL',
                    help='run on this broker; tests that need the mock are skipped')
    group.addoption('--stomp-timeout', type=float, default=5, metavar='S', help='of each wait')
    group.addoption('--stomp-seed', type=int, default=1, metavar='N', help='of the mock broker')
    group.addoption('--stomp-artifacts', metavar='DIR',
                    help='keep ladders of failed tests and logs here')


def pytest_configure(config):
    for line in ('stomp_broker(profile=, users=, options=, strict=): which mock broker the test has; '
                 'strict=True: it fails for what it did not ask for',
                 'gateway(config): the proxies.xml of the gateway fixture',
                 'fault(line): a fault that is armed from the start',
                 'allow_unused: faults need not act'):
        config.addinivalue_line('markers', line)


def _binary(config, option, name):
    given = config.getoption(option)
    folder = os.environ.get('PUMPHOUSE_BIN')
    found = given or (str(pathlib.Path(folder) / name) if folder else shutil.which(name))
    if not found or not pathlib.Path(found).exists():
        raise pytest.UsageError(f'{name} is not found: put it on the PATH, or say {option}=FILE')
    return found


@pytest.fixture(scope='session')
def _stomp_folder(request, tmp_path_factory):
    kept = request.config.getoption('--stomp-artifacts')
    return pathlib.Path(kept) if kept else tmp_path_factory.mktemp('stomp')


@pytest.fixture(scope='session')
def _stomp_brokers(request, _stomp_folder):
    """Brokers of this process by what they were started with; tests take turns on them."""
    running = {}

    def get(profile, users, options):
        key = (profile, users, options)
        if key not in running:
            arguments = ['--profile', profile, '--seed', request.config.getoption('--stomp-seed'),
                         *(f'--{name}=0' for name in ('ws', 'stomp', 'console', 'control')),
                         *(f'--user={user}' for user in users), *options]
            program = Program(_binary(request.config, '--stomp-broker-bin', 'mockbroker'),
                              arguments, _stomp_folder)
            running[key] = Broker(program, request.config.getoption('--stomp-timeout'))
        return running[key]

    yield get
    for broker in running.values():
        broker.program.stop()


@pytest.fixture
def stomp_broker(request, _stomp_brokers):
    """A mock broker without anything in it. The mark stomp_broker() chooses which."""
    if request.config.getoption('--stomp-external'):
        pytest.skip(EXTERNAL)
    mark = request.node.get_closest_marker('stomp_broker')
    how = dict(mark.kwargs) if mark else {}
    broker = _stomp_brokers(how.pop('profile', 'activemq'), tuple(how.pop('users', ())),
                            tuple(how.pop('options', ())))
    strict = how.pop('strict', False)
    if how:
        raise pytest.UsageError(f'stomp_broker(): {", ".join(how)} is not known; '
                                'known: profile, users, options, strict')
    broker.reset()
    request.node._stomp_broker = broker
    request.node._stomp_strict = [] if strict else None
    for mark in request.node.iter_markers('fault'):
        broker.fault(*mark.args)
    yield broker
    request.node._stomp_ladder = broker.ladder()
    unexpected = list(request.node._stomp_strict or ())
    if strict:
        unexpected += unexpected_in(broker.journal(), broker.asked, broker.looked)
    unused = broker.reset()
    if unexpected:
        pytest.fail('strict:\n  ' + '\n  '.join(unexpected), pytrace=False)
    if unused and not request.node.get_closest_marker('allow_unused'):
        pytest.fail('armed and never acted: ' + ', '.join(unused), pytrace=False)


@pytest.fixture
def gateway_config():
    """The proxies.xml of `gateway`; override it, or use the mark gateway(config)."""
    return 'proxies.xml'


class Gateway:
    """A gateway in front of the broker; every port of its file is mapped to a free one."""

    def __init__(self, program, context):
        self.program = program
        self.context = context

    def url(self, port, path='/', scheme='ws'):
        """Where the proxy with this port, as written, listens."""
        return f'{scheme}://localhost:{self.program.port(str(port))}{path}'


@pytest.fixture
def gateway(request, stomp_broker, gateway_config, _stomp_folder):
    mark = request.node.get_closest_marker('gateway')
    config = pathlib.Path(mark.args[0] if mark else gateway_config)
    ports = sorted(set(re.findall(r'<(?:\w+:)?(?:serviceProxy|proxy)\b[^>]*\bport="(\d+)"',
                                  config.read_text())))
    arguments = ['-c', config, '--bind', '127.0.0.1', '--drain-time', 1,
                 *(f'--map-port={port}=0' for port in ports),
                 f'--map-port=61614={stomp_broker.program.port("ws")}',
                 f'--map-port=61613={stomp_broker.program.port("stomp")}']
    program = Program(_binary(request.config, '--gateway-bin', 'gateway'), arguments,
                      _stomp_folder)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    request.node._stomp_gateway = program
    yield Gateway(program, context)
    program.stop()


@pytest.fixture
def stomp_client_factory(request):
    """Makes clients: factory(url=..., headers={...}); without a URL on the test's broker."""
    clients = []

    def make(url=None, **how):
        if url is None:
            url = (request.config.getoption('--stomp-external')
                   or request.getfixturevalue('stomp_broker').url)
        how.setdefault('timeout', request.config.getoption('--stomp-timeout'))
        if url.startswith('wss') and 'context' not in how and 'gateway' in request.fixturenames:
            how['context'] = request.getfixturevalue('gateway').context
        broker = getattr(request.node, '_stomp_broker', None)
        if broker:
            broker.expect_connections()
        clients.append(Client(url, **how))
        return clients[-1]

    if not request.config.getoption('--stomp-external'):
        request.getfixturevalue('stomp_broker')  # which must outlive the clients
    yield make
    strict = getattr(request.node, '_stomp_strict', None)
    for number, client in enumerate(clients, 1):
        if strict is not None:
            strict += left_in(client, number)
        client.close()


@pytest.fixture
def stomp_client(stomp_client_factory):
    """A client that is connected."""
    return stomp_client_factory()


@pytest.fixture
def stomp_faults(stomp_broker):
    """Arms faults: stomp_faults('drop on=RECEIPT nth=2')."""
    return stomp_broker.fault


@pytest.fixture
def stomp_clock(stomp_broker):
    """The broker's time: stomp_clock.advance(10) seconds."""
    return stomp_broker.clock


@pytest.fixture
def stomp_journal(stomp_broker):
    """What passed so far: stomp_journal()."""
    return stomp_broker.journal


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    broker = getattr(item, '_stomp_broker', None)
    if broker is None or not report.failed:
        return
    try:
        ladder = getattr(item, '_stomp_ladder', None) or broker.ladder()
        faults = [f'{f["name"]}: fired {f["fired"]}x of {f["seen"]} matches ({f["fault"]})'
                  for f in broker.call('GET', 'faults')['faults']]
    except (ControlError, OSError) as error:
        ladder, faults = f'(no answer of the broker: {error})', []
    report.sections.append(('STOMP ladder', ladder))
    if faults:
        report.sections.append(('Faults', '\n'.join(faults)))
    program = getattr(item, '_stomp_gateway', None)
    if program:
        report.sections.append(('Gateway log tail', '\n'.join(program.log().splitlines()[-20:])))
    seed = item.config.getoption('--stomp-seed')
    item.user_properties.append(('stomp.seed', seed))
    kept = item.config.getoption('--stomp-artifacts')
    if kept:
        path = pathlib.Path(kept) / (re.sub(r'\W+', '-', item.nodeid).strip('-') + '.ladder.txt')
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ladder)
        item.user_properties.append(('stomp.ladder', str(path)))
