import pathlib
import re

import pytest

import browser as chromium_browser
import processes
from origins import Origins

ARTIFACTS = pathlib.Path(__file__).resolve().parent / 'artifacts'


def pytest_addoption(parser):
    parser.addoption('--activemq', action='store_true',
                     help='clients and recordings use the broker of `ci/activemq run`')


def pytest_configure(config):
    config.addinivalue_line('markers', "broker(profile): which broker the house has; else activemq")


@pytest.fixture
def logs(request):
    """Where this test's programs log; kept after the test."""
    folder = ARTIFACTS / re.sub(r'\W+', '-', request.node.nodeid).strip('-')
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob('*.log'):
        old.unlink()
    return folder


@pytest.fixture(scope='session')
def complete_example(tmp_path_factory):
    return processes.copy_example(tmp_path_factory.mktemp('example') / 'websocket-stomp')


@pytest.fixture
def services(logs):
    """Starts programs by calling it with a maker of processes.py; all are ended with the test."""
    running = []

    def start(make, *arguments, **named):
        running.append(make(logs, *arguments, **named))
        return running[-1]

    yield start
    for service in reversed(running):
        service.kill()


@pytest.fixture
def house(request, services, complete_example):
    """Broker and gateway with the example's configuration, on free ports. The mark
    `broker(profile)` chooses which broker it is."""
    mark = request.node.get_closest_marker('broker')
    broker = services(processes.make_broker, *(mark.args if mark else ()))
    gateway = services(processes.make_gateway, complete_example / 'proxies.xml', broker.port('ws'))
    return Origins(broker, gateway, complete_example)


@pytest.fixture
def browser():
    with chromium_browser.chromium() as started:
        yield started
