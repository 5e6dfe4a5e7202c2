"""`stomp-client bench` from the command line."""
import json
import subprocess

import processes

LIMIT = 30


def bench(url, *options):
    return subprocess.run(
        [processes.BINARIES / 'stomp-client', url, 'bench', *map(str, options)],
        capture_output=True, text=True, timeout=LIMIT)


def test_counts_messages_through_tls_and_the_gateway(house):
    result = bench(house.wss, '/queue/speed', '--cacert', house.certificate, '--connections', 4,
                   '--messages', 500, '--size', 1000, '--json')
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert (told['messages'], told['connections'], told['size'], told['errors']) == (
        500, 4, 1000, 0)
    latency = told['latency_ms']
    assert 0 < latency['p50'] <= latency['p99'] <= latency['max']
    assert told['messages_per_second'] > 0


def test_ends_when_its_time_is_over(services):
    broker = services(processes.make_broker)
    result = bench(f'stomp://127.0.0.1:{broker.port("stomp")}', '--seconds', 0.3, '--window', 1,
                   '--json')
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert told['messages'] > 0
    assert 0.3 <= told['seconds'] < 5


def test_tells_people_and_says_when_nobody_is_there(services):
    broker = services(processes.make_broker)
    url = f'ws://127.0.0.1:{broker.port("ws")}/'
    result = bench(url, '--messages', 10)
    assert result.returncode == 0
    assert result.stdout.startswith('10 messages of 100 octets over 1 connection in ')
    assert result.stdout.endswith('0 errors\n')
    broker.stop()
    gone = bench(url, '--messages', 10)
    assert gone.returncode == 3
    assert '1x cannot connect: ' in gone.stdout


def test_refuses_sizes_that_make_no_sense(services):
    for option in ('--connections', '--window'):
        result = bench('ws://127.0.0.1:1/', option, 0)
        assert result.returncode == 2
        assert option in result.stderr
