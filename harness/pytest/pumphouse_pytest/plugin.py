"""Fixtures, markers and options. docs/testing.md is the guide."""
import pathlib
import re

import pytest

from .client import Client
from .control import ControlError, Programs
from .gateway import Gateway
from .ladders import SUFFIXES, LadderFile, play
from .strict import left_in, unexpected_in

EXTERNAL = 'needs the mock broker; --stomp-external names another one'


def pytest_addoption(parser):
    group = parser.getgroup('stomp', 'STOMP end-to-end tests (pumphouse)')
    group.addoption('--stomp-broker-bin', help='mockbroker; else on the PATH or in PUMPHOUSE_BIN')
    group.addoption('--gateway-bin', help='gateway; else on the PATH or in PUMPHOUSE_BIN')
    group.addoption('--stomp-client-bin', help='stomp-client; else as well')
    group.addoption('--stomp-external', metavar='URL',
                    help='run on this broker; tests that need the mock are skipped')
    group.addoption('--stomp-timeout', type=float, default=5, metavar='S', help='of each wait')
    group.addoption('--stomp-seed', type=int, default=1, metavar='N', help='of the mock broker')
    group.addoption('--stomp-artifacts', metavar='DIR',
                    help='keep ladders of failed tests and logs here')
    parser.addini('stomp_ladders', 'collect *.ladder files as tests', type='bool', default=True)


def pytest_configure(config):
    for line in ('stomp_broker(profile=, users=, options=, strict=): which mock broker the test has; '
                 'strict=True: it fails for what it did not ask for',
                 'gateway(config): the proxies.xml of the gateway fixture',
                 'fault(line, ...): faults that are armed from the start',
                 'ladder(file): a script in the place of the test\'s broker; FILE or FILE#CASE',
                 'allow_unused: faults need not act'):
        config.addinivalue_line('markers', line)
    config.stomp_programs = Programs(config)


def pytest_unconfigure(config):
    if hasattr(config, 'stomp_programs'):
        config.stomp_programs.stop()


def pytest_collect_file(file_path, parent):
    if file_path.name.endswith(SUFFIXES) and parent.config.getini('stomp_ladders'):
        return LadderFile.from_parent(parent, path=file_path)
    return None


@pytest.fixture
def stomp_broker(request):
    """A mock broker without anything in it. The mark stomp_broker() chooses which."""
    if request.config.getoption('--stomp-external'):
        pytest.skip(EXTERNAL)
    mark = request.node.get_closest_marker('stomp_broker')
    how = dict(mark.kwargs) if mark else {}
    strict = how.pop('strict', False)
    unknown = sorted(set(how) - {'profile', 'users', 'options'})
    if unknown:
        raise pytest.UsageError(f'stomp_broker(): {", ".join(unknown)} is not known; '
                                'known: profile, users, options, strict')
    programs = request.config.stomp_programs
    ladder = request.node.get_closest_marker('ladder')
    if ladder:
        how['options'] = [*how.get('options', ()), '--ladder', str(ladder.args[0])]
    broker = programs.start_broker(**how) if ladder else programs.broker(**how)
    broker.reset()
    request.node._stomp_broker = broker
    request.node._stomp_strict = [] if strict else None
    for mark in request.node.iter_markers('fault'):
        for line in mark.args:
            broker.fault(line)
    yield broker
    if hasattr(request.node, '_stomp_told'):  # the script has ended, and why was told
        return
    _keep(request.node, broker)
    unexpected = list(request.node._stomp_strict or ())
    if strict:
        unexpected += unexpected_in(broker.journal(), broker.asked, broker.looked)
    unused = broker.reset() if not ladder else []
    if unexpected:
        pytest.fail('strict:\n  ' + '\n  '.join(unexpected), pytrace=False)
    if ladder and (told := _script_report(broker)):
        pytest.fail(told, pytrace=False)
    if unused and not request.node.get_closest_marker('allow_unused'):
        pytest.fail('armed and never acted: ' + ', '.join(unused), pytrace=False)


def _keep(node, broker):
    """Keeps the evidence as it is now, if the test has none yet: what follows is not the test's."""
    if not hasattr(node, '_stomp_kept'):
        node._stomp_kept = broker.evidence()


def _script_report(broker):
    """Ends a broker that plays a ladder; what did not hold."""
    if broker.program.stop() == 0:
        return ''
    log = broker.program.log()
    return log[log.find('\nFAILED ') + 1:]


@pytest.fixture
def gateway_config():
    """The proxies.xml of `gateway`; override it, or use the mark gateway(config)."""
    return 'proxies.xml'


@pytest.fixture
def gateway(request, stomp_broker, gateway_config):
    """A gateway in front of the broker, with the file of the mark gateway(FILE) or of
    `gateway_config`."""
    mark = request.node.get_closest_marker('gateway')
    made = Gateway(request.config.stomp_programs, mark.args[0] if mark else gateway_config,
                   stomp_broker)
    stomp_broker.call('POST', 'leg', {'leg': 'gateway-broker'})
    request.node._stomp_gateway = made.program
    yield made
    made.stop()


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
    if strict is not None:
        _keep(request.node, request.getfixturevalue('stomp_broker'))
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


@pytest.fixture
def stomp_ladder(request):
    """Plays the client's side of a .ladder file against the test's broker, or the external one:
    stomp_ladder('orders.ladder', case='order-*', url=gateway.url(9998))."""
    def run(file, case='*', url=None):
        if url is None:
            url = (request.config.getoption('--stomp-external')
                   or request.getfixturevalue('stomp_broker').url)
        return play(request.config.stomp_programs.binary('stomp-client'), url, file, case,
                    request.config.getoption('--stomp-timeout'))

    if not request.config.getoption('--stomp-external'):
        request.getfixturevalue('stomp_broker')
    return run


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    broker = getattr(item, '_stomp_broker', None)
    if broker is None or not report.failed:
        if report.when == 'teardown':
            vars(item).pop('_stomp_kept', None)
        return
    try:
        _keep(item, broker)
        newest, faults, ladder, recording = item._stomp_kept
    except (ControlError, OSError) as error:
        newest = ladder = f'(no answer of the broker: {error})'
        faults = recording = ''
    report.sections.append(('STOMP ladder', newest))
    if faults:
        report.sections.append(('Faults', faults))
    if report.when == 'call' and item.get_closest_marker('ladder'):
        item._stomp_told = _script_report(broker)
        report.sections.append(('Script', item._stomp_told or 'held'))
    program = getattr(item, '_stomp_gateway', None)
    if program:
        report.sections.append(('Gateway log tail', '\n'.join(program.log().splitlines()[-20:])))
    seed = item.config.getoption('--stomp-seed')
    item.user_properties.append(('stomp.seed', seed))
    kept = item.config.getoption('--stomp-artifacts')
    if kept:
        folder = pathlib.Path(kept)
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r'\W+', '-', item.nodeid).strip('-')
        (folder / f'{name}.ladder.txt').write_text(ladder)
        # Not called .ladder: it would be collected with the next run.
        path = folder / f'{name}.recording.txt'
        path.write_text(recording)
        item.user_properties.append(('stomp.ladder', str(path)))
