"""What a start says when it cannot be done, and how an end is reported."""
import shutil
import signal
import socket
import subprocess

import pytest

import processes

PROXIES = 'proxies.xml'


def run(program, *arguments, cwd=None):
    return subprocess.run([processes.BINARIES / program, *map(str, arguments)], cwd=cwd,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)


def run_gateway(folder, *extra):
    maps = [part for port in (4443, 4444, 9000) for part in ('--map-port', f'{port}=0')]
    return run('gateway', '-c', folder / PROXIES, '--bind', '127.0.0.1', *maps, *extra)


@pytest.fixture
def example(complete_example, tmp_path):
    """A copy to spoil."""
    folder = tmp_path / 'example'
    shutil.copytree(complete_example, folder)
    return folder


def edit(folder, old, new):
    file = folder / PROXIES
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def complaint(result):
    """The first line on stderr, which must say it all."""
    lines = result.stderr.splitlines()
    assert lines, 'nothing on stderr'
    return lines[0]


def test_wrong_keystore_password(example):
    edit(example, 'password="secret"', 'password="wrong"')
    result = run_gateway(example)
    assert result.returncode == 3, result.stderr
    assert complaint(result).startswith('proxies.xml:') and 'password' in complaint(result)
    assert 'wrong' not in result.stderr.replace('wrong password', ''), 'the password is shown'


def test_missing_keystore(example):
    (example / 'membrane.p12').unlink()
    result = run_gateway(example)
    assert result.returncode == 3, result.stderr
    assert 'membrane.p12' in complaint(result)


def test_missing_keystore_is_found_by_the_check(example):
    (example / 'membrane.p12').unlink()
    assert run('gateway', '-t', example / PROXIES).returncode == 2


@pytest.mark.parametrize('arguments', [['-t', PROXIES], ['-t', '-c', PROXIES], ['-c', PROXIES, '-t']])
def test_check_of_a_good_file(example, arguments):
    result = run('gateway', *(example / each if each == PROXIES else each for each in arguments))
    assert (result.returncode, result.stderr) == (0, '')


def test_check_tells_of_a_proxy_that_is_never_reached(tmp_path):
    text = ('<spring:beans xmlns="http://membrane-soa.org/proxies/1/" '
            'xmlns:spring="http://www.springframework.org/schema/beans"><router>\n'
            '<serviceProxy port="80"/>\n<serviceProxy port="80" method="GET"/>\n</router></spring:beans>')
    (tmp_path / 'twice.xml').write_text(text)
    result = run('gateway', '-t', tmp_path / 'twice.xml')
    assert result.returncode == 0
    assert 'twice.xml:3:1: this proxy is never reached: the one in line 2' in result.stderr


def test_a_keystore_is_made_that_the_example_runs_with(example):
    store = example / 'membrane.p12'
    store.unlink()
    made = run('gateway', 'keystore', store, '--password', 'secret')
    assert (made.returncode, made.stdout, made.stderr) == (0, '', '')
    assert store.stat().st_mode & 0o077 == 0, 'others can read the key'
    result = run('gateway', '-t', example / PROXIES)
    assert (result.returncode, result.stderr) == (0, '')


@pytest.mark.parametrize('arguments, code, text', [
    (('there.p12', '--password', 'x'), 2, 'there.p12: exists, and a keystore is not overwritten'),
    (('no/folder.p12', '--password', 'x'), 1, 'no/folder.p12: cannot be written: '),
    (('new.p12',), 2, '--password is required'),
    (('--password', 'x'), 2, 'file is required'),
])
def test_a_keystore_that_is_not_made(tmp_path, arguments, code, text):
    (tmp_path / 'there.p12').write_text('of somebody')
    result = run('gateway', 'keystore', *arguments, cwd=tmp_path)
    assert result.returncode == code
    assert complaint(result).startswith(text)
    assert [each.name for each in tmp_path.iterdir()] == ['there.p12']
    assert (tmp_path / 'there.p12').read_text() == 'of somebody'


def test_missing_document_folder(example):
    edit(example, 'docBase="www"', 'docBase="elsewhere"')
    result = run_gateway(example)
    assert result.returncode == 2, result.stderr
    assert 'elsewhere' in complaint(result)


def test_missing_configuration(tmp_path):
    result = run_gateway(tmp_path)
    assert result.returncode == 2
    assert PROXIES in complaint(result)


def test_unknown_element_has_its_place(example):
    edit(example, '<webSocket url', '<webSockt url')
    lines = (example / PROXIES).read_text().splitlines()
    line = next(i for i, text in enumerate(lines, 1) if '<webSockt' in text)
    column = lines[line - 1].index('<webSockt') + 1
    result = run_gateway(example)
    assert result.returncode == 2, result.stderr
    assert complaint(result).startswith(f'proxies.xml:{line}:{column}: <webSockt>'), result.stderr
    assert "did you mean 'webSocket'" in complaint(result) or 'webSocket' in complaint(result)


def test_all_mistakes_at_once(example):
    edit(example, 'index="index.html"', 'indx="index.html"')
    edit(example, 'port="9000"', 'port="ninethousand"')
    result = run_gateway(example)
    assert result.returncode == 2
    assert len([l for l in result.stderr.splitlines() if l.startswith('proxies.xml:')]) == 2


def test_busy_port(example):
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        result = run_gateway(example, '--map-port', f'4443={port}')
    assert result.returncode == 3, result.stderr
    assert str(port) in complaint(result) and 'use' in complaint(result)


@pytest.mark.parametrize('threads', [1, 2])
def test_port_of_another_gateway(services, complete_example, example, threads):
    first = services(processes.make_gateway, complete_example / PROXIES, 9,
                     extra=['--threads', threads])
    port = first.port('0.0.0.0:4443')
    result = run_gateway(example, '--map-port', f'4443={port}', '--threads', threads)
    assert result.returncode == 3, result.stderr
    assert str(port) in complaint(result)


def test_busy_port_of_the_broker(services):
    first = services(processes.make_broker)
    result = run('mockbroker', '--ws', first.port('ws'), '--stomp', 0, '--console', 0)
    assert result.returncode == 3
    assert str(first.port('ws')) in complaint(result)


@pytest.mark.parametrize('arguments', [['--no-such-option'], ['--map-port', '4443'],
                                       ['--map-port', '70000=1'], ['--threads', '0']])
def test_bad_command_line_of_the_gateway(arguments):
    result = run('gateway', *arguments)
    assert result.returncode == 2
    assert result.stderr


@pytest.mark.parametrize('arguments', [['--profile', 'no-such-broker'], ['--user', 'nobody'],
                                       ['--wss', '0'], ['--ws', 'many']])
def test_bad_command_line_of_the_broker(arguments):
    result = run('mockbroker', *arguments)
    assert result.returncode == 2
    assert result.stderr


@pytest.mark.parametrize('program', ['gateway', 'mockbroker', 'stomp-client'])
def test_help_and_version(program):
    assert run(program, '--help').returncode == 0
    version = run(program, '--version')
    assert version.returncode == 0 and version.stdout.startswith('pumphouse')


@pytest.fixture(params=['gateway', 'mockbroker'])
def running(request, services, complete_example):
    if request.param == 'mockbroker':
        return services(processes.make_broker)
    return services(processes.make_gateway, complete_example / PROXIES, 9)


def test_terminated(running):
    assert running.ready_file.exists()
    assert running.stop() == 0
    assert not running.ready_file.exists(), 'the ready file is left behind'


def test_interrupted(running):
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(timeout=processes.STOP_LIMIT) == 130
    assert not running.ready_file.exists()


@pytest.mark.parametrize('threads', [1, 2, 2, 2])
def test_a_second_signal_ends_what_the_first_waits_for(services, complete_example, threads):
    """Which of two workers has the request is chance; the signal must count in both cases."""
    with socket.create_server(('127.0.0.1', 0)) as silent:
        arguments = ['-c', complete_example / PROXIES, '--bind', '127.0.0.1', '--drain-time', 600,
                     '--threads', threads, '--map-port', f'61614={silent.getsockname()[1]}']
        for port in (4443, 4444, 9000):
            arguments += ['--map-port', f'{port}=0']
        gateway = services(lambda folder: processes.Service('gateway', arguments, folder))
        with processes.trust(complete_example).wrap_socket(
                socket.create_connection(('localhost', gateway.port('0.0.0.0:4443'))),
                server_hostname='localhost') as client:
            client.sendall(b'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n'
                           b'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
                           b'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n')
            held, _ = silent.accept()  # never answered: the request stays in flight
            with held:
                gateway.process.send_signal(signal.SIGTERM)
                with pytest.raises(subprocess.TimeoutExpired):
                    gateway.process.wait(timeout=0.3)
                assert gateway.stop() == 0
